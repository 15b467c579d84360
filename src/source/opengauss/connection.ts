import { CdcError } from '../../domain/errors.ts';
import {
  AUTH_MD5,
  AUTH_OK,
  AUTH_SHA256,
  AUTH_SM3,
  AUTHENTICATION,
  namesMechanism,
  readAuthRequest,
} from '../auth-request.ts';
import { StreamConnection } from '../stream-connection.ts';
import type { ConnectionConfig } from '../transport.ts';
import { answerRequest } from './auth.ts';
import { withoutInternalFields } from './error-fields.ts';
import { refusedAuth } from './refused-auth.ts';
import { passwordMessage, startupPacket } from './startup-packet.ts';
import { openGaussStatus, postgresKeepalive } from './status-message.ts';

const NEGOTIATE_PROTOCOL = 0x76; // v
const ERROR = 0x45; // E
const NOTICE = 0x4e; // N
const COPY_BOTH = 0x57; // W
const COPY_DATA = 0x64; // d
const READY_FOR_QUERY = 0x5a; // Z

/** What pg's client gives for startup. Other keys come from the environment of whoever runs the service (PGOPTIONS). */
const STARTUP_KEYS = ['user', 'database', 'application_name', 'replication'];

export interface OpenGaussLogin {
  readonly username: string;
  /** A function: an object that is logged by mistake shows no secret. */
  readonly password: () => string;
  /** Server settings sent at startup, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Speaks openGauss' protocol to the server and PostgreSQL's to pg: startup 3.51, passwords by SHA256 and SM3 (MD5 is
 * pg's own), error fields, keepalives and status messages. Authentication is tried once; whatever cannot be answered
 * destroys the socket with its CdcError, which pg hands to whoever waits for `connect`.
 */
export class OpenGaussConnection extends StreamConnection {
  readonly #login: OpenGaussLogin;
  #isAsked = false;
  #isStreaming = false;

  constructor(config: ConnectionConfig, login: OpenGaussLogin) {
    super(config);
    this.#login = login;
  }

  /** pg's client calls this as soon as the transport stands. */
  startup(parameters: Readonly<Record<string, string>>): void {
    const own = STARTUP_KEYS.flatMap((key) => (parameters[key] === undefined ? [] : [[key, parameters[key]]]));
    this.stream.write(startupPacket({ ...Object.fromEntries(own), ...this.#login.settings }));
  }

  override sendCopyFromChunk(chunk: Buffer): void {
    super.sendCopyFromChunk(openGaussStatus(chunk));
  }

  protected override incoming(message: Buffer): Buffer | null {
    switch (message[0]) {
      case AUTHENTICATION:
        return this.#authentication(message);
      case NEGOTIATE_PROTOCOL:
        throw isPostgres('negotiates the protocol version');
      case ERROR:
      case NOTICE:
        return withoutInternalFields(message);
      case COPY_DATA:
        // Outside of a stream it is a row of COPY, whatever its first byte is.
        return this.#isStreaming ? postgresKeepalive(message) : message;
      case COPY_BOTH:
        this.#isStreaming = true;
        return message;
      case READY_FOR_QUERY:
        this.#isStreaming = false;
        return message;
      default:
        return message;
    }
  }

  #authentication(message: Buffer): Buffer | null {
    const { code, body } = readAuthRequest(message);
    if (code === AUTH_OK) return message;
    if (this.#isAsked) throw new CdcError('SOURCE_AUTH', 'the server asks for the password a second time');
    this.#isAsked = true;
    if (code === AUTH_MD5) return message;
    if (code === AUTH_SHA256 && namesMechanism(body)) throw isPostgres('asks for SASL');
    if (code !== AUTH_SHA256 && code !== AUTH_SM3) throw refusedAuth(code);
    this.#answer(body);
    return null;
  }

  /** The server waits for the answer: nothing else comes meanwhile. */
  #answer(body: Buffer): void {
    const { username, password } = this.#login;
    answerRequest(body, { username, password: password() }).then(
      (text) => {
        if (this.stream.writable) this.stream.write(passwordMessage(text));
      },
      (error: unknown) => this.stream.destroy(notAnswered(error)),
    );
  }
}

function isPostgres(what: string): CdcError {
  return new CdcError('DIALECT_MISMATCH', `the server ${what}, which PostgreSQL does and openGauss does not`, {
    hint: 'Set source.dialect to postgres.',
  });
}

function notAnswered(error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  return new CdcError('SOURCE_AUTH', 'this Node cannot compute the answer to the password request', {
    cause: error,
    hint: 'Builds of Node restricted to FIPS have no SM3: use method sha256 in pg_hba.conf, or another build.',
  });
}
