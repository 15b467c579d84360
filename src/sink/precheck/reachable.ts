import type { CdcError } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { counted } from './wording.ts';

const PROTOCOL_HINT =
  'Check target.brokers, the firewall, the advertised.listeners of the brokers, and that target.securityProtocol is the one of this listener.';

/** Kafka answers and takes the credentials. `outcome`: number of brokers, or why connecting failed. */
export function checkReachable(outcome: number | CdcError): readonly CheckResult[] {
  const reachable = { id: 'kafka-reachable', group: 'target' } as const;
  const login = { id: 'kafka-login', group: 'target' } as const;
  if (typeof outcome === 'number') {
    return [
      { ...reachable, status: 'PASSED', message: `Kafka answers with ${counted(outcome, 'broker')}.` },
      { ...login, status: 'PASSED', message: 'Kafka accepts the connection of this task.' },
    ];
  }
  if (outcome.code === 'KAFKA_AUTH') {
    return [
      { ...reachable, status: 'PASSED', message: 'A broker answers.' },
      { ...login, status: 'FAILED', message: 'Kafka refuses the login.', cause: outcome.message, cure: outcome.hint },
    ];
  }
  const cure = outcome.code === 'KAFKA_UNREACHABLE' ? PROTOCOL_HINT : outcome.hint;
  return [{ ...reachable, status: 'FAILED', message: 'Kafka cannot be reached.', cause: outcome.message, cure }];
}
