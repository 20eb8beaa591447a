/** What `p2pai ask` was told on its command line. */
export interface AskFlags {
  model: string
  system?: string | undefined
  file?: string[] | undefined
  image?: string[] | undefined
  maxTokens?: number | undefined
  temperature?: number | undefined
  seed?: number | undefined
  stop?: string[] | undefined
  schema?: string | undefined
  peer?: string | undefined
  deny?: string[] | undefined
  local?: boolean | undefined
  bootstrap?: string[] | undefined
  mdns: boolean
  /** Seconds. */
  timeout?: number | undefined
  json?: boolean | undefined
  stream?: boolean | undefined
}
