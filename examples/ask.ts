/**
 * Asks the network and prints the answer as it comes.
 *
 *   node examples/ask.ts ADDRESS "What is the capital of France?"
 *
 * ADDRESS is one address of any node, as `p2pai serve` prints it.
 */
import { createNode, P2paiError } from 'p2pai'

const [address, prompt = 'What is p2pai?'] = process.argv.slice(2)

try {
  // A client listens nowhere and lives for one question; `await using` closes it at the end.
  await using node = await createNode({
    profile: 'client',
    mdns: false,
    bootstrap: address === undefined ? [] : [address]
  })
  for await (const text of node.ask(prompt)) process.stdout.write(text)
  process.stdout.write('\n')
} catch (error) {
  if (!(error instanceof P2paiError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = error.exitCode
}
