import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { expect, test } from 'vitest'
import { InvalidKeyError } from '../../../src/interface/index.ts'
import { homePeerId, loadIdentity } from '../../../src/node/home/identity.ts'
import { temporaryFolder } from './fixtures.ts'

test('the key is made once, 0600, and read again afterwards', async () => {
  const folder = temporaryFolder()
  const first = await homePeerId(folder)
  expect(await homePeerId(folder)).toBe(first)
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['key'])
})

test('starts that race for the first key all get the same one', async () => {
  const folder = temporaryFolder()
  const ids = await Promise.all(Array.from({ length: 8 }, () => homePeerId(folder)))
  expect(new Set(ids).size).toBe(1)
})

async function damaged(): Promise<Uint8Array> {
  const data = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
  data[40] = data[40]! ^ 1
  return data
}

test.each([
  { id: 'is empty', data: async () => new Uint8Array(), problem: /0 bytes instead of 68/ },
  { id: 'is too long', data: async () => new Uint8Array(69), problem: /69 bytes/ },
  { id: 'is noise', data: async () => new Uint8Array(68).fill(7), problem: /damaged/ },
  { id: 'has halves of two keys', data: damaged, problem: /damaged/ },
  {
    id: 'is of another type',
    data: async () => privateKeyToProtobuf(await generateKeyPair('secp256k1')),
    problem: /bytes instead of/
  }
])('case 40: a key file that $id is refused and never replaced', async ({ data, problem }) => {
  const keyFile = join(temporaryFolder(), 'key')
  const content = await data()
  writeFileSync(keyFile, content, { mode: 0o600 })
  const error = await loadIdentity(keyFile).catch(thrown => thrown)
  expect(error).toBeInstanceOf(InvalidKeyError)
  expect(error.message).toMatch(problem)
  expect(error.message).toContain(keyFile)
  expect(new Uint8Array(readFileSync(keyFile))).toEqual(new Uint8Array(content))
})

test.each([0o777, 0o644, 0o640])('case 36: a key with mode %o is refused', async mode => {
  const folder = temporaryFolder()
  await homePeerId(folder)
  chmodSync(join(folder, 'key'), mode)
  await expect(loadIdentity(join(folder, 'key'))).rejects.toThrow(/open to others .* chmod 600/)
})
