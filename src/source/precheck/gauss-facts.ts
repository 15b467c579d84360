/** What tells openGauss, GaussDB and their deployments apart. */
export interface GaussProductFacts {
  /** `version()`. */
  readonly product: string;
  /** Those of the functions asked for that the server has. */
  readonly functions: readonly string[];
  /** `gs_deployment()`; null where the function is missing. */
  readonly deployment: string | null;
  /** Data nodes in pgxc_node: above zero on a coordinator only; null where the catalog is missing. */
  readonly dataNodes: number | null;
}

/** Server, database and role of an openGauss or GaussDB source. */
export interface GaussServerFacts {
  readonly database: string;
  /** pg_database.datcompatibility. */
  readonly compatibility: string;
  readonly encoding: string;
  readonly inRecovery: boolean;
  readonly maxSlots: number;
  readonly usedSlots: number;
  readonly maxWalSenders: number;
  /** Walsenders that can be seen: those of standbys. Logical sessions are in no view. */
  readonly seenWalSenders: number;
  readonly role: string;
  /** Superuser, or SYSADMIN where duties are not separated. */
  readonly isAdmin: boolean;
  /** REPLICATION attribute or membership in gs_role_replication. */
  readonly canReplicate: boolean;
  readonly canCreateInDatabase: boolean;
  /** Address the server sees this client under; null for a Unix socket. */
  readonly clientAddress: string | null;
  /** pg_settings: name → setting in the unit of the catalog. A setting the version does not have is absent. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A setting that shapes cells, as far as a session that overrides it can see what the server has. */
export interface CellSetting {
  readonly name: string;
  readonly value: string;
  /** False where only the compiled default is known, since our own session hides what the configuration file says. */
  readonly isCertain: boolean;
}

export interface ColumnFacts {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** `format_type(oid, NULL)`. */
  readonly typeName: string;
  /** Domains resolved to their base type. */
  readonly typeOid: number;
  readonly isArray: boolean;
}

/** The heartbeat table and what the role may do there. */
export interface HeartbeatFacts {
  readonly schemaExists: boolean;
  readonly canUseSchema: boolean;
  readonly canCreateInSchema: boolean;
  readonly tableExists: boolean;
  /** SELECT, INSERT and UPDATE on the table. */
  readonly canWrite: boolean;
}
