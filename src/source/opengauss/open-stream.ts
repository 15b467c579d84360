import { CdcError } from '../../domain/errors.ts';
import { openStream, realTimer, type StreamOptions } from '../session.ts';
import { closeClient } from '../session-client.ts';
import type { SourceNotice, SourceStream, StreamHandler, StreamRequest } from '../source.ts';
import { connectOpenGauss } from './client.ts';
import { type Decoding, fallbackOf, wantedDecoding } from './decoding.ts';
import { SideSession } from './side-session.ts';
import { readStreamFacts, type StreamFacts } from './stream-facts.ts';
import { openGaussProtocol } from './stream-protocol.ts';
import { StreamSides } from './stream-sides.ts';

/** SQLSTATEs by which a server says that it does not know an option, a value or the command's form. */
const REFUSED: ReadonlySet<unknown> = new Set(['22023', '42601', '42809', '0A000']);
/** openGauss before this has no parallel decoding and refuses the options that came with it. */
const FIRST_PARALLEL = 3;
const TOO_OLD = `parallel decoding needs openGauss ${FIRST_PARALLEL}.0`;

/**
 * Opens a stream of openGauss or GaussDB, held. Where the user did not ask for a mode and the server refuses parallel
 * decoding, it is opened serially and the task's log says so. Errors as `openStream`.
 */
export async function openOpenGaussStream(
  request: StreamRequest,
  handler: StreamHandler,
  options: StreamOptions = {},
): Promise<SourceStream> {
  const side = new SideSession(() => openSide(request));
  try {
    const facts = await side.use(readStreamFacts);
    const wanted = wantedDecoding(request.decoding);
    const suited = suitable(wanted, facts, request);
    if (suited.kind !== wanted.kind) handler.notice(fallbackNotice(TOO_OLD));
    return await openAs(suited, { request, handler, options, side, facts });
  } catch (error) {
    await side.close();
    throw error;
  }
}

async function openSide({ endpoint }: StreamRequest) {
  const client = await connectOpenGauss(endpoint);
  return { query: client.query.bind(client) as typeof client.query, end: () => closeClient(client) };
}

interface Opening {
  readonly request: StreamRequest;
  readonly handler: StreamHandler;
  readonly options: StreamOptions;
  readonly side: SideSession;
  readonly facts: StreamFacts;
}

async function openAs(decoding: Decoding, opening: Opening): Promise<SourceStream> {
  const { request, handler, options, side, facts } = opening;
  const notice = (notice: SourceNotice) => handler.notice(notice);
  const setTimer = options.setTimer ?? realTimer;
  const sides = new StreamSides({ request, decoding, facts, side, notice, setTimer });
  const protocol = openGaussProtocol({
    request,
    decoding,
    senderTimeoutMs: senderTimeout(decoding, facts),
    companions: sides,
    nowUs: () => Date.now() * 1000,
  });
  try {
    await sides.prepare();
    const stream = await openStream(request, handler, protocol, options);
    sides.start();
    const close = () => {
      sides.close();
      return side.close();
    };
    stream.ended.then(close, close);
    return stream;
  } catch (error) {
    sides.close();
    const next = fallbackOf(decoding, request.decoding);
    if (next === null || !isRefusal(error, decoding)) throw error;
    handler.notice(fallbackNotice(error.message));
    return openAs(next, opening);
  }
}

/** What an old server is not even asked. Parallel decoding the user asked for is left for the server to refuse. */
function suitable(decoding: Decoding, { major }: StreamFacts, { decoding: asked }: StreamRequest): Decoding {
  if (major === null || major >= FIRST_PARALLEL) return decoding;
  const suited = fallbackOf(decoding, asked) ?? decoding;
  return { ...suited, isBasic: suited.kind !== 'parallel' };
}

/** The user's own option for the stream wins over the server's setting. */
function senderTimeout({ options }: Decoding, facts: StreamFacts): number {
  const own = Number(options['sender-timeout'] ?? Number.NaN);
  return Number.isNaN(own) ? facts.senderTimeoutMs : own;
}

/** Not for an option of the user's own: serial decoding would refuse it just so. */
function isRefusal(error: unknown, { options }: Decoding): error is CdcError {
  if (!(error instanceof CdcError) || !REFUSED.has(error.data?.sourceCode)) return false;
  return !Object.keys(options).some((name) => error.message.includes(`"${name}"`));
}

function fallbackNotice(reason: string) {
  return {
    level: 'warn',
    code: 'DECODING_FALLBACK',
    message: 'the server refuses parallel decoding; the task goes on serially, which is slower',
    data: { reason },
  } as const;
}
