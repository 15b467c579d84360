import { CdcError } from '../../domain/errors.ts';
import { AUTHENTICATION, isOpenGaussRequest } from '../auth-request.ts';
import { StreamConnection } from '../stream-connection.ts';

/**
 * A connection that knows an openGauss server by its first authentication request. pg would take it for SASL, or throw
 * (pg-protocol 1.16: "Unknown authenticationOk message type"). No password has been sent by then.
 */
export class PostgresConnection extends StreamConnection {
  #isAsked = false;

  protected override incoming(message: Buffer): Buffer {
    if (message[0] !== AUTHENTICATION || this.#isAsked) return message;
    this.#isAsked = true;
    if (!isOpenGaussRequest(message)) return message;
    throw new CdcError('DIALECT_MISMATCH', 'the server asks for the password as openGauss and GaussDB do', {
      hint: 'Set source.dialect to opengauss or gaussdb.',
    });
  }
}
