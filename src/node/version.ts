import { readFileSync } from 'node:fs'

/** The version of this package, as package.json has it. */
export function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** The version in the package.json of an installed package: the nearest one above its entry that has its name. `null` for one that is not installed. */
export function installedVersion(name: string): string | null {
  try {
    for (
      let folder = new URL('.', import.meta.resolve(name));
      folder.pathname !== '/';
      folder = new URL('..', folder)
    ) {
      const found = readPackage(new URL('package.json', folder))
      if (found?.name === name) return found.version ?? null
    }
  } catch {
    // Not installed, which is what `null` says.
  }
  return null
}

function readPackage(file: URL): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
