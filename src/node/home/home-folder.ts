import { access, chmod, constants, lstat, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HomeUnusableError } from '../../interface/index.ts'
import { type HomePaths, homePaths, systemHome } from './paths.ts'

/** Bits that would let others replace the key. */
const WRITABLE_BY_OTHERS = 0o022

/**
 * Makes sure that the home is there, is ours and can be written, and returns its paths. Only the system's own data
 * folder gets missing parents: elsewhere a missing parent is rather a disk that is not mounted.
 * Throws `HomeUnusableError`.
 */
export async function openHome(home?: string): Promise<HomePaths> {
  const { home: folder } = homePaths(home)
  await createFolder(folder, folder === homePaths(systemHome()).home)
  await checkFolder(folder)
  const paths = homePaths(folder)
  if (process.platform !== 'win32' && dirname(paths.socket) !== folder) await openSocketFolder(dirname(paths.socket))
  return paths
}

async function createFolder(folder: string, recursive: boolean): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700, recursive })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code === 'ENOENT') throw unusable(folder, `its parent folder ${dirname(folder)} does not exist`, error)
    throw unusable(folder, reason(error), error)
  }
}

async function checkFolder(folder: string): Promise<void> {
  try {
    const stats = await stat(folder)
    if (!stats.isDirectory()) throw unusable(folder, 'it is not a folder')
    if (process.platform !== 'win32' && stats.mode & WRITABLE_BY_OTHERS) {
      throw unusable(folder, `others may write to it (mode ${octal(stats.mode)}); correct it with: chmod 700 ${folder}`)
    }
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw error instanceof HomeUnusableError ? error : unusable(folder, reason(error), error)
  }
}

/** The folder for sockets of homes with long names. It may lie in `/tmp`, where others could have made it first. */
async function openSocketFolder(folder: string): Promise<void> {
  await createFolder(folder, false)
  const stats = await lstat(folder)
  if (!stats.isDirectory() || stats.uid !== process.getuid?.()) {
    throw unusable(folder, 'the folder for the control socket belongs to somebody else')
  }
  await chmod(folder, 0o700)
}

/** Says what a failed file operation means, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full'
    case 'ENOTDIR':
      return 'a part of the path is not a folder'
    default:
      return message
  }
}

/** Permission bits as `chmod` takes them. */
export function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

function unusable(folder: string, problem: string, cause?: unknown): HomeUnusableError {
  return new HomeUnusableError(`cannot use the home ${folder}: ${problem}`, { cause })
}
