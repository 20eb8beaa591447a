/** What a service starts, and with what. */
export interface ServiceProgram {
  /** The Node.js that runs this command. */
  node: string
  /** The command's own file. */
  bin: string
  /** `P2PAI_HOME`, where it is set. */
  home?: string
}
