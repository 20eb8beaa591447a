/** What `p2pai ask` was told on its command line. */
export interface AskFlags {
  model: string
  system?: string | undefined
  file?: string[] | undefined
  image?: string[] | undefined
  /** Each `name=value`. */
  option?: string[] | undefined
  maxTokens?: number | undefined
  temperature?: number | undefined
  seed?: number | undefined
  stop?: string[] | undefined
  schema?: string | undefined
  peer?: string | undefined
  deny?: string[] | undefined
  /** How the provider is chosen. */
  policy?: string | undefined
  /** Micro-credits for 1,000 tokens. */
  maxPrice?: number | undefined
  /** Micro-credits a day. */
  budget?: number | undefined
  local?: boolean | undefined
  /** A second provider may read the conversation, to check the answer. */
  audit?: boolean | undefined
  bootstrap?: string[] | undefined
  mdns: boolean
  /** Seconds. */
  timeout?: number | undefined
  /** An id, or `last`. */
  continue?: string | undefined
  /** Whether the conversation is kept. @default true */
  save?: boolean | undefined
  /** Show markdown as it is meant, when the answer is complete. */
  render?: boolean | undefined
  /** Print the first block of code alone. */
  extract?: boolean | undefined
  json?: boolean | undefined
  /** Print events as lines of JSON; `false`: print the answer when it is complete. */
  stream?: boolean | undefined
  /** Say how many tokens were read and made. */
  usage?: boolean | undefined
  /** Which of these were on the command line itself, and are no defaults or settings. @default none */
  given?: ReadonlySet<string>
}
