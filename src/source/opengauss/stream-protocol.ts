import type { ChangeHandler } from '../../domain/change.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { DecoderParts } from '../decode/decoder-parts.ts';
import type { DecodeControl, FrameDecoder } from '../decode/frame-decoder.ts';
import { createSerialDecoder } from '../decode/mppdb-serial.ts';
import { createParallelBinaryDecoder } from '../decode/parallel-binary.ts';
import { createParallelJsonDecoder } from '../decode/parallel-json.ts';
import { createParallelTextDecoder } from '../decode/parallel-text.ts';
import { createOpenGaussPgoutputDecoder } from '../decode/pgoutput.ts';
import type { ShapeSource } from '../decode/shapes.ts';
import type { KeepaliveReach, StreamRequest } from '../source.ts';
import type { DecoderTools, StreamProtocol } from '../stream-protocol.ts';
import { holderName, openGaussClientConfig, openGaussConnection } from './client.ts';
import { type Decoding, startCommand } from './decoding.ts';

/** What goes on beside a stream and is told of it. */
export interface StreamCompanions {
  /** Tables of the catalog; `holdFor` holds the stream while one is asked for. */
  readonly shapes: (holdFor: (work: Promise<void>) => void) => ShapeSource;
  /** What hears changes before the owner's handler; that handler itself where nobody else does. */
  readonly observe: (handler: ChangeHandler) => ChangeHandler;
  /** A commit that ends at `lsn` is handed over. */
  readonly delivered: (lsn: Lsn) => void;
  /** The owner asks how far everything is delivered. */
  readonly asked: () => void;
  readonly judge: (lsn: Lsn) => { readonly lsn: Lsn; readonly reach: KeepaliveReach };
}

export interface ProtocolParts {
  readonly request: StreamRequest;
  readonly decoding: Decoding;
  readonly senderTimeoutMs: number;
  readonly companions: StreamCompanions;
  /** Unix microseconds. */
  readonly nowUs: () => number;
}

/** How a stream of openGauss or GaussDB is started and read in one way of decoding. */
export function openGaussProtocol({
  request,
  decoding,
  senderTimeoutMs,
  companions,
  nowUs,
}: ProtocolParts): StreamProtocol {
  const { endpoint, slot, publication, tables } = request;
  let decoder: FrameDecoder | null = null;
  return {
    connection: () => openGaussConnection(endpoint, { replication: true }),
    clientConfig: (connection) =>
      openGaussClientConfig(endpoint, { replication: true, connection, applicationName: holderName(slot) }),
    senderTimeoutMs: async () => senderTimeoutMs,
    startCommand: (lsn) => startCommand(decoding, { slot, lsn, publication, tables }),
    decoder: (tools) => {
      decoder = createDecoder(decoding, partsFor(tools, companions), nowUs);
      return decoder;
    },
    asked: () => companions.asked(),
    judge: (lsn) => (decoder?.isCollecting ? { lsn, reach: 'ahead' } : companions.judge(lsn)),
  };
}

function partsFor({ handler, control, holdFor }: DecoderTools, companions: StreamCompanions): DecoderParts {
  const watched: DecodeControl = {
    mayGoOn: () => control.mayGoOn(),
    reached: (lsn) => {
      companions.delivered(lsn);
      control.reached(lsn);
    },
  };
  return { handler: companions.observe(handler), control: watched, shapes: companions.shapes(holdFor) };
}

function createDecoder(decoding: Decoding, parts: DecoderParts, nowUs: () => number): FrameDecoder {
  const { kind, style, batch } = decoding;
  if (kind === 'pgoutput') return createOpenGaussPgoutputDecoder(parts.handler);
  if (kind === 'serial') return createSerialDecoder({ ...parts, now: nowUs });
  if (style === 'json') return createParallelJsonDecoder(parts, { batch });
  if (style === 'text') return createParallelTextDecoder(parts, { batch });
  return createParallelBinaryDecoder(parts);
}
