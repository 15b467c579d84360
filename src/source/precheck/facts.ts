/** Where two kinds of server want other words or statements; GaussDB is of openGauss' family. */
export type ServerFamily = 'postgres' | 'opengauss';

/** What one query tells about server and role before any object is looked at. */
export interface ServerFactsForCheck {
  /** `version()`: names the product. */
  readonly product: string;
  readonly versionNumber: number;
  readonly inRecovery: boolean;
  readonly walLevel: string;
  readonly maxSlots: number;
  readonly usedSlots: number;
  readonly inactiveSlots: readonly string[];
  readonly maxWalSenders: number;
  readonly usedWalSenders: number;
  /** max_slot_wal_keep_size in MB; -1: no limit; null before version 13. */
  readonly slotWalKeepMb: number | null;
  readonly role: string;
  readonly isSuperuser: boolean;
  /** REPLICATION attribute, or a member of the role that managed services use in its place. */
  readonly canReplicate: boolean;
  readonly database: string;
  /** CREATE on the database: needed for a publication. */
  readonly canCreateInDatabase: boolean;
}

/** What the role may do with a selected table. */
export interface TableAccess {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'r' | 'p';
  readonly canUseSchema: boolean;
  readonly canSelect: boolean;
  readonly isOwner: boolean;
  readonly owner: string;
  readonly ownerIsSuperuser: boolean;
}

/** Identity of a selected table or of a leaf partition of one: old rows are written as the leaf says, not the root. */
export interface IdentityFacts {
  readonly schema: string;
  readonly table: string;
  readonly persistence: 'p' | 'u' | 't' | 'g';
  readonly identity: 'd' | 'f' | 'i' | 'n';
  readonly primaryKey: readonly string[];
  /** False for a DEFERRABLE key, which the server does not take as identity. */
  readonly keyIsImmediate: boolean;
  /** Columns of the identity index; empty when there is none (any more). */
  readonly identityIndex: readonly string[];
}

/** Options of CREATE and ALTER PUBLICATION that a server knows. */
export interface PublicationSyntax {
  /** publish_via_partition_root. openGauss has no need of it: it always publishes changes under the root's name. */
  readonly viaRoot: boolean;
  /** The kind `truncate`. */
  readonly truncate: boolean;
}

export const POSTGRES_PUBLICATIONS: PublicationSyntax = { viaRoot: true, truncate: true };

export interface PublicationFacts {
  readonly allTables: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly viaRoot: boolean;
  /** What it publishes and what it was given: without viaRoot, leaf partitions and their root. */
  readonly tables: readonly { readonly schema: string; readonly table: string }[];
  /** Tables published with a row filter or a column list. */
  readonly filtered: readonly { readonly schema: string; readonly table: string }[];
}
