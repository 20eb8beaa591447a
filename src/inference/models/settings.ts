import os from 'node:os'
import path from 'node:path'
import { InvalidRequestError } from '../../interface/index.ts'

/** Where models are fetched from and looked for; all of it from the environment. */
export interface HubSettings {
  /** `HF_ENDPOINT`. @default https://huggingface.co */
  endpoint: URL
  /** `HF_TOKEN`. Goes to the endpoint alone. */
  token?: string
  /** Folders with the hub's own cache: `HF_HUB_CACHE`, else `HF_HOME/hub`, else the one of its tools. */
  hubCache: string
  /** Folders of ollama's models: `OLLAMA_MODELS`, else the user's and the system service's. */
  ollamaFolders: string[]
}

const DEFAULT_ENDPOINT = 'https://huggingface.co'
/** Where ollama's installer for Linux puts the models of its service. */
const OLLAMA_SERVICE = '/usr/share/ollama/.ollama/models'

/** Reads the settings. Throws `InvalidRequestError` for an endpoint or a token that cannot be used. */
export function hubSettings(environment: NodeJS.ProcessEnv = process.env): HubSettings {
  const { HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, OLLAMA_MODELS } = environment
  const address = HF_ENDPOINT || DEFAULT_ENDPOINT
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new InvalidRequestError('HF_ENDPOINT is no address of the web', { details: { field: 'HF_ENDPOINT' } })
  }
  const token = HF_TOKEN?.trim()
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    // The value is not shown: it is a secret, and may end up in a log.
    throw new InvalidRequestError('HF_TOKEN has characters that no token has', { details: { field: 'HF_TOKEN' } })
  }
  const home = os.homedir()
  const cacheHome = HF_HOME || path.join(XDG_CACHE_HOME || path.join(home, '.cache'), 'huggingface')
  return {
    endpoint: new URL(address),
    ...(token && { token }),
    hubCache: HF_HUB_CACHE || path.join(cacheHome, 'hub'),
    ollamaFolders: OLLAMA_MODELS ? [OLLAMA_MODELS] : [path.join(home, '.ollama', 'models'), OLLAMA_SERVICE]
  }
}

/** Whether models are fetched from the hub itself, whose pages people copy the addresses of. */
export function hubHosts({ endpoint }: HubSettings): string[] {
  return [endpoint.host, 'huggingface.co', 'hf.co']
}
