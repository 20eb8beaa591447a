import { open } from 'node:fs/promises'
import {
  generateKeyPair,
  generateKeyPairFromSeed,
  privateKeyFromProtobuf,
  privateKeyToProtobuf
} from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { HomeUnusableError, InvalidKeyError } from '../../interface/index.ts'
import { createFileAtomic } from './atomic-file.ts'
import { octal, openHome, reason } from './home-folder.ts'

/** An Ed25519 key in libp2p's protobuf: two tags with values, then seed and public key. */
const KEY_FILE_BYTES = 68
const SEED_BYTES = 32
const READABLE_BY_OTHERS = 0o077

/**
 * The key of a home; made at the first call. A file that is there is never replaced, whatever is wrong with it.
 * Throws `InvalidKeyError` or `HomeUnusableError`.
 */
export async function loadIdentity(keyFile: string): Promise<Ed25519PrivateKey> {
  const existing = await readKeyFile(keyFile)
  if (existing !== undefined) return parseKey(keyFile, existing)
  const key = await generateKeyPair('Ed25519')
  try {
    if (await createFileAtomic(keyFile, privateKeyToProtobuf(key), 0o600)) return key
  } catch (error) {
    throw new HomeUnusableError(`cannot write the key ${keyFile}: ${reason(error)}`, { cause: error })
  }
  // Another process was faster: both must be the same node.
  return loadIdentity(keyFile)
}

/** The peer id of a home; its key is made when there is none. Throws as `loadIdentity` does. */
export async function homePeerId(home?: string): Promise<string> {
  const { key } = await openHome(home)
  return peerIdFromPrivateKey(await loadIdentity(key)).toString()
}

async function readKeyFile(keyFile: string): Promise<Uint8Array | undefined> {
  try {
    const file = await open(keyFile, 'r')
    try {
      const { mode, size } = await file.stat()
      if (process.platform !== 'win32' && mode & READABLE_BY_OTHERS) {
        throw invalid(keyFile, `is open to others (mode ${octal(mode)}); correct it with: chmod 600 ${keyFile}`)
      }
      if (size !== KEY_FILE_BYTES) throw invalid(keyFile, `has ${size} bytes instead of ${KEY_FILE_BYTES}`)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof InvalidKeyError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw invalid(keyFile, `cannot be read: ${reason(error)}`, error)
  }
}

async function parseKey(keyFile: string, data: Uint8Array): Promise<Ed25519PrivateKey> {
  let key: ReturnType<typeof privateKeyFromProtobuf>
  try {
    key = privateKeyFromProtobuf(data)
  } catch (error) {
    throw invalid(keyFile, 'is damaged: it is not a libp2p private key', error)
  }
  if (key.type !== 'Ed25519') throw invalid(keyFile, `is a key of type ${key.type} instead of Ed25519`)
  const honest = await generateKeyPairFromSeed('Ed25519', key.raw.subarray(0, SEED_BYTES))
  if (!honest.publicKey.equals(key.publicKey))
    throw invalid(keyFile, 'is damaged: its two halves do not belong together')
  return key
}

function invalid(keyFile: string, problem: string, cause?: unknown): InvalidKeyError {
  return new InvalidKeyError(`the key ${keyFile} ${problem}`, { cause })
}
