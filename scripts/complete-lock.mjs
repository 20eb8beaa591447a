/**
 * Adds to package-lock.json the optional packages of other platforms that the registry at hand does not carry.
 * Without them `npm ci` calls the lock incomplete. Their entries have no integrity, so npm takes what the registry
 * of the machine that needs them has. Run after `npm install`, if `npm ci` says "Missing: … from lock file".
 */
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))

const SYSTEMS = {
  darwin: 'darwin',
  mac: 'darwin',
  win: 'win32',
  win32: 'win32',
  linux: 'linux',
  android: 'android',
  freebsd: 'freebsd',
  openharmony: 'openharmony',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  sunos: 'sunos',
  aix: 'aix',
  wasm32: 'wasm32'
}
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32', 'arm']

/** Platform of a package, read from its name. */
function platformOf(name) {
  const words = name.split('/').at(-1).split(/[-.]/)
  const system = words.map(word => SYSTEMS[word]).find(Boolean)
  const processor = PROCESSORS.find(candidate =>
    words.some(word => word === candidate || (candidate === 'arm' && word === 'arm'))
  )
  const libc = words.some(word => word.startsWith('musl'))
    ? ['musl']
    : words.some(word => word === 'gnu' || word.startsWith('gnueabi'))
      ? ['glibc']
      : undefined
  if (system === undefined) return undefined
  return { os: [system], ...(processor && { cpu: [processor] }), ...(system === 'linux' && libc && { libc }) }
}

let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`
    const top = `node_modules/${name}`
    if (lock.packages[top] || lock.packages[nested] || path === '') continue
    const platform = platformOf(name)
    if (platform === undefined || !/^\d/.test(version)) continue
    lock.packages[top] = { version, ...platform, ...(entry.dev && { dev: true }), optional: true }
    added++
  }
}
const { '': root, ...rest } = lock.packages
lock.packages = { '': root, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) }
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} entries added`)
