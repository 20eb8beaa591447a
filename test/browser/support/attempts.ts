/** What a page tries, as the scripts that it runs: each is an expression with a promise of what the page learns. */

const BODY = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Hi' }] })
const PULL = JSON.stringify({ model: 'smollm2' })

const fetched = (url: string, init: object) => `
  fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(
    async answer => ({ status: answer.status, type: answer.type, text: await answer.text() }),
    error => ({ error: String(error) }))`

/** Asks as a program of that page's own site would. */
export function ask(base: string): string {
  const headers = { 'content-type': 'application/json' }
  return fetched(`${base}/v1/chat/completions`, { method: 'POST', headers, body: BODY })
}

/** Asks for the models. */
export function list(base: string): string {
  return fetched(`${base}/v1/models`, {})
}

/** Asks for a stream, and reads it and the header that says who answered. */
export function stream(base: string): string {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = BODY.replace('"model"', '"stream":true,"model"')
  return `
    fetch(${JSON.stringify(`${base}/v1/chat/completions`)}, ${JSON.stringify({ ...init, body })}).then(
      async answer => ({ peer: answer.headers.get('x-p2pai-peer'), text: await answer.text() }),
      error => ({ error: String(error) }))`
}

/** Everything that a browser sends without asking first, from a page of another site. */
export function sneak(base: string): Record<string, string> {
  const plain = { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' } }
  const loaded = (tag: string, field: string) => `
    new Promise(resolve => {
      const element = document.createElement('${tag}')
      element.onload = () => resolve('loaded')
      element.onerror = () => resolve('error')
      element.${field} = ${JSON.stringify(`${base}/v1/models`)}
      document.body.append(element)
    })`
  return {
    'text/plain without asking': fetched(`${base}/v1/chat/completions`, { ...plain, body: BODY }),
    'a pull without asking': fetched(`${base}/api/pull`, { ...plain, body: PULL }),
    'a form': `
      new Promise(resolve => {
        const frame = document.createElement('iframe')
        frame.name = 'target'
        document.body.append(frame)
        frame.onload = () => resolve('loaded')
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', enctype: 'text/plain', target: 'target' })
        form.action = ${JSON.stringify(`${base}/v1/chat/completions`)}
        const input = document.createElement('input')
        // What comes out is JSON: the name, an equals sign, the value.
        Object.assign(input, { name: ${JSON.stringify(BODY.replace(/}$/, ',"user":"'))}, value: '"}' })
        form.append(input)
        document.body.append(form)
        form.submit()
      })`,
    'an image': loaded('img', 'src'),
    'a script': loaded('script', 'src'),
    'a beacon': `Promise.resolve(navigator.sendBeacon(${JSON.stringify(`${base}/api/generate`)}, ${JSON.stringify(BODY)}))`,
    'a WebSocket': `
      new Promise(resolve => {
        const socket = new WebSocket(${JSON.stringify(`${base.replace('http', 'ws')}/v1/chat/completions`)})
        socket.onopen = () => resolve('open')
        socket.onerror = () => resolve('error')
      })`,
    'from a frame without an origin': `
      new Promise(resolve => {
        const frame = document.createElement('iframe')
        frame.sandbox = 'allow-scripts'
        addEventListener('message', event => resolve(event.data), { once: true })
        const script = ${JSON.stringify(fetched(`${base}/v1/chat/completions`, { ...plain, body: BODY }))}
        frame.srcdoc = '<script>(' + script + ').then(a => parent.postMessage(a, "*"))</' + 'script>'
        document.body.append(frame)
      })`
  }
}
