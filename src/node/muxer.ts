import { yamux } from '@chainsafe/libp2p-yamux'
import { StreamState, type YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import type { NewStreamOptions, StreamMuxerFactory } from '@libp2p/interface'
import { beginWith } from './early-protocol.ts'

/** What of a stream's window the types of yamux hide. */
interface Window {
  /** Bytes that the other side may send before it hears of more. */
  recvWindow: number
  /** What is left of them. */
  recvWindowCapacity: number
}

/** What a connection says of a stream that it opens. */
type Opening = Pick<NewStreamOptions, 'negotiateFully'> & { protocol?: string }

/**
 * Yamux with two habits of Go's and Rust's. Its streams say that there is room again when half of a window is used; by
 * itself it says so after every frame, which is a frame, an encryption and a write for each token and each advert that
 * comes. And a stream that is opened with `negotiateFully: false` begins with its protocol, see `beginWith`.
 */
export function swiftYamux(init: Parameters<typeof yamux>[0]): () => StreamMuxerFactory {
  const makeFactory = yamux(init)
  return () => {
    const factory = makeFactory()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = connection => {
      const muxer = createStreamMuxer(connection)
      const onCreateStream = muxer.onCreateStream.bind(muxer)
      const onRemoteStream = muxer.onRemoteStream.bind(muxer)
      muxer.onCreateStream = ({ negotiateFully, protocol }: Opening = {}) => {
        const stream = inHalves(onCreateStream())
        if (negotiateFully === false && protocol !== undefined) beginWith(protocol, stream, muxer)
        return stream
      }
      muxer.onRemoteStream = stream => onRemoteStream(inHalves(stream))
      return muxer
    }
    return factory
  }
}

function inHalves(stream: YamuxStream): YamuxStream {
  const sendWindowUpdate = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    // Up to then an update opens the stream as well.
    const isOpening = stream.state === StreamState.Init || stream.state === StreamState.SYNReceived
    const { recvWindow, recvWindowCapacity } = stream as unknown as Window
    const isRoomy = 2 * recvWindowCapacity >= recvWindow
    if (isOpening || !isRoomy) sendWindowUpdate()
  }
  return stream
}
