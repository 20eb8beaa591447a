import type { Assembly } from '../create-libp2p.ts'
import type { NodeOptions } from '../options.ts'
import { Books } from './books.ts'

/** The books of a node that is being put together; what it was made of is closed when they fail. Throws `HomeUnusableError`. */
export async function openBooks(assembly: Assembly, options: NodeOptions): Promise<Books> {
  try {
    return await Books.open({
      file: assembly.paths?.ledger,
      key: assembly.privateKey,
      spending: options.spending ?? {},
      // As the advert has it, which knows whole numbers only: nobody pays more than what was advertised.
      pricePerKiloToken: () => Math.floor(options.pricePerKiloToken ?? 0),
      onError: error => options.log?.('warn', 'the ledger failed', { error: String(error) })
    })
  } catch (error) {
    await assembly.closeDatastore()
    throw error
  }
}
