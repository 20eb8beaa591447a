/** A receipt as a line of an exported file. */
export function exportedLine({
  receipt,
  acknowledgement
}: {
  receipt: Uint8Array
  acknowledgement: Uint8Array
}): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return JSON.stringify({ version: 1, receipt: base64(receipt), acknowledgement: base64(acknowledgement) })
}
