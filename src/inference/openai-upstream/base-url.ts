import { InvalidRequestError } from '../../interface/index.ts'

/**
 * The server's address without `/v1` and without a slash at its end. The operator's own choice: loopback and the
 * local network are what it is for. Throws `InvalidRequestError`.
 */
export function baseUrl(text: string): string {
  const fail = (problem: string): never => {
    throw new InvalidRequestError(`upstream ${problem}`, { details: { field: 'upstream' } })
  }
  if (!URL.canParse(text)) fail(`${JSON.stringify(text)} is no URL, such as http://127.0.0.1:8000`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') fail('must be a URL of http or https')
  if (url.username !== '' || url.password !== '') fail('must not hold a password; use --upstream-key-file')
  if (url.search !== '' || url.hash !== '') fail('must not have a ? or # part')
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
}
