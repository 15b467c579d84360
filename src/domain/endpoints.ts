/** Where and how to reach the source database. Passwords and keys are secrets: never log this object. */
export interface SourceEndpoint {
  readonly dialect: 'postgres' | 'opengauss' | 'gaussdb';
  readonly host: string;
  readonly port: number;
  /** Port for replication connections where it differs (openGauss HA port). */
  readonly replicationPort?: number | undefined;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: TlsOptions | undefined;
}

export interface TlsOptions {
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Where and how to reach Kafka. Contains secrets. */
export interface KafkaEndpoint {
  readonly brokers: readonly string[];
  readonly securityProtocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  readonly sasl?: SaslOptions | undefined;
  readonly ssl?: KafkaTls | undefined;
  readonly compression: 'none' | 'gzip';
}

export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}
