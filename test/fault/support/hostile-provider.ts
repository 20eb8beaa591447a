import type { Stream } from '@libp2p/interface'
import { INFER_PROTOCOL } from '../../../src/protocols/infer/index.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'
import { hearFrames } from './raw-stream.ts'

/** What a hostile provider does with a request that has come in. */
export type Behaviour = (stream: Stream) => Promise<void> | void

/** A peer that takes a request and then does what the test says. */
export async function hostileProvider(behave: Behaviour, protocol = INFER_PROTOCOL): Promise<RawPeer> {
  const peer = await rawPeer()
  await peer.handle(
    protocol,
    async stream => {
      const arrived = new Promise<void>(resolve => {
        stream.addEventListener('message', () => resolve(), { once: true })
      })
      void hearFrames(stream).catch(() => undefined)
      await arrived
      await behave(stream)
    },
    { maxInboundStreams: 256 }
  )
  return peer
}

/** Sends these bytes and closes in order. */
export function saying(...frames: Uint8Array[]): Behaviour {
  return async stream => {
    for (const frame of frames) if (stream.writeStatus === 'writable') stream.send(frame)
    await stream.close().catch(() => undefined)
  }
}

/** Sends these bytes and then nothing more, with the stream open. */
export function sayingThenSilent(...frames: Uint8Array[]): Behaviour {
  return stream => {
    for (const frame of frames) if (stream.writeStatus === 'writable') stream.send(frame)
  }
}

/** Sends these bytes, and then its line is cut. */
export function sayingThenDying(line: () => FaultProxy, ...frames: Uint8Array[]): Behaviour {
  return async stream => {
    for (const frame of frames) stream.send(frame)
    // The frames are on their way before the line goes.
    await new Promise(resolve => setTimeout(resolve, frames.length === 0 ? 0 : 30))
    line().cut()
  }
}
