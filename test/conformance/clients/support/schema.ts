/** What `Client.json` asks for. */
export const JSON_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, count: { type: 'integer' as const } },
  required: ['city', 'count'],
  additionalProperties: false
}
