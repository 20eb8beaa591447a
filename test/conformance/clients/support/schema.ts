/** What `Client.json` asks for. */
export const JSON_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, count: { type: 'integer' as const } },
  required: ['city', 'count'],
  additionalProperties: false
}

/** What `Client.tools` may call. */
export const WEATHER_TOOL = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
    additionalProperties: false
  }
}

/** What the tool says of every city. */
export const WEATHER_RESULT = '18 degrees'
