/** One value as the formats publish it: JSON texts, written by hand from the contract and from what real Debezium prints. */
export type Cell = {
  readonly sql: string;
  /** The database's text; canal-json and flat rows have it as a JSON string unless they are named here. */
  readonly text: string;
  readonly canal?: string;
  readonly flat?: string;
  readonly debezium: string;
};

export type Column = Cell & {
  readonly type: string;
  /** As `columnType` and `sqlType` tell it. */
  readonly printed: readonly [name: string, code: number];
  /** Connect's type, and its name where it has one. */
  readonly connect: readonly [type: string, name?: string];
  /** What Debezium publishes for the column in an old row that does not hold it; else null. */
  readonly missing?: string;
};

const BYTES = JSON.stringify('3q2+7wA=');
const DOC = 'y'.repeat(20_000);
const ODD_TEXT = 'q"uote \\ tab\t nl\n \u0001\u001f\u007f \u2028 王🦆';
const ODD_CONNECT_TEXT = '"q\\"uote \\\\ tab\\t nl\\n \\u0001\\u001F\u007f \u2028 王\\uD83E\\uDD86"';

/** A table of many types, each with a value that a careless format gets wrong. The key's order is not that of the columns. */
export const COLUMNS: Readonly<Record<string, Column>> = {
  id: {
    type: 'bigint not null',
    printed: ['bigint', -5],
    connect: ['int64'],
    sql: '9007199254740993',
    text: '9007199254740993',
    flat: '9007199254740993',
    debezium: '9007199254740993',
  },
  region: {
    type: 'text not null',
    printed: ['text', -1],
    connect: ['string'],
    sql: `'e"|u'`,
    text: 'e"|u',
    debezium: String.raw`"e\"|u"`,
  },
  small: {
    type: 'smallint',
    printed: ['smallint', 5],
    connect: ['int16'],
    sql: '-32768',
    text: '-32768',
    flat: '-32768',
    debezium: '-32768',
  },
  medium: {
    type: 'integer not null default 5',
    printed: ['integer', 4],
    connect: ['int32'],
    missing: '5',
    sql: '2147483647',
    text: '2147483647',
    flat: '2147483647',
    debezium: '2147483647',
  },
  amount: {
    type: 'numeric(12,2)',
    printed: ['numeric', 2],
    connect: ['bytes', 'org.apache.kafka.connect.data.Decimal'],
    sql: '1234567.5',
    text: '1234567.50',
    debezium: '"B1vM7g=="',
  },
  loose: {
    type: 'numeric',
    printed: ['numeric', 2],
    connect: ['struct', 'io.debezium.data.VariableScaleDecimal'],
    sql: '-0.01230',
    text: '-0.01230',
    debezium: '{"scale":4,"value":"hQ=="}',
  },
  ratio: {
    type: 'double precision',
    printed: ['double precision', 8],
    connect: ['double'],
    sql: '1e21',
    text: '1e+21',
    flat: '1.0E21',
    debezium: '1.0E21',
  },
  flag: {
    type: 'boolean',
    printed: ['boolean', 16],
    connect: ['boolean'],
    sql: 'true',
    text: 't',
    canal: '"true"',
    flat: 'true',
    debezium: 'true',
  },
  note: {
    type: 'text',
    printed: ['text', -1],
    connect: ['string'],
    sql: `E'${ODD_TEXT.replaceAll('\\', '\\\\')}'`,
    text: ODD_TEXT,
    debezium: ODD_CONNECT_TEXT,
  },
  code: {
    type: 'char(3) not null',
    printed: ['character', 1],
    connect: ['string'],
    missing: '""',
    sql: `'ab'`,
    text: 'ab ',
    debezium: '"ab "',
  },
  raw: {
    type: 'bytea',
    printed: ['bytea', -2],
    connect: ['bytes'],
    sql: String.raw`'\xdeadbeef00'`,
    text: String.raw`\xdeadbeef00`,
    canal: BYTES,
    flat: BYTES,
    debezium: BYTES,
  },
  born: {
    type: 'date',
    printed: ['date', 91],
    connect: ['int32', 'io.debezium.time.Date'],
    sql: `'2024-02-29'`,
    text: '2024-02-29',
    debezium: '19782',
  },
  at: {
    type: 'time',
    printed: ['time without time zone', 92],
    connect: ['int64', 'io.debezium.time.MicroTime'],
    sql: `'12:34:56.789012'`,
    text: '12:34:56.789012',
    debezium: '45296789012',
  },
  seen: {
    type: 'timestamp',
    printed: ['timestamp without time zone', 93],
    connect: ['int64', 'io.debezium.time.MicroTimestamp'],
    sql: `'2024-02-29 12:34:56.789012'`,
    text: '2024-02-29 12:34:56.789012',
    debezium: '1709210096789012',
  },
  moment: {
    type: 'timestamptz',
    printed: ['timestamp with time zone', 2014],
    connect: ['string', 'io.debezium.time.ZonedTimestamp'],
    sql: `'2024-02-29 12:30:00.5+01'`,
    text: '2024-02-29 11:30:00.5+00',
    debezium: '"2024-02-29T11:30:00.500000Z"',
    canal: '"2024-02-29 11:30:00.5Z"',
    flat: '"2024-02-29 11:30:00.5Z"',
  },
  span: {
    type: 'interval',
    printed: ['interval', 1111],
    connect: ['int64', 'io.debezium.time.MicroDuration'],
    sql: `'1 year 2 mons 3 days 04:05:06.789'`,
    text: '1 year 2 mons 3 days 04:05:06.789',
    debezium: '37091106789000',
  },
  u: {
    type: 'uuid',
    printed: ['uuid', 1111],
    connect: ['string', 'io.debezium.data.Uuid'],
    sql: `'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11'`,
    text: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    debezium: '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"',
  },
  j: {
    type: 'jsonb',
    printed: ['jsonb', 1111],
    connect: ['string', 'io.debezium.data.Json'],
    sql: `'{"a":[1,"x"]}'`,
    text: '{"a": [1, "x"]}',
    debezium: String.raw`"{\"a\": [1, \"x\"]}"`,
  },
  tags: {
    type: 'text[]',
    printed: ['text[]', 2003],
    connect: ['array'],
    sql: `array['a', 'b c', null]`,
    text: '{a,"b c",NULL}',
    debezium: '["a","b c",null]',
  },
  numbers: {
    type: 'int[]',
    printed: ['integer[]', 2003],
    connect: ['array'],
    sql: `'{1,NULL,-3}'`,
    text: '{1,NULL,-3}',
    debezium: '[1,null,-3]',
  },
  mood: {
    type: 'mood',
    printed: ['mood', 1111],
    connect: ['string', 'io.debezium.data.Enum'],
    sql: `'happy'`,
    text: 'happy',
    debezium: '"happy"',
  },
  doc: {
    type: 'text',
    printed: ['text', -1],
    connect: ['string'],
    sql: `repeat('y', 20000)`,
    text: DOC,
    debezium: JSON.stringify(DOC),
  },
};

export const NAMES = Object.keys(COLUMNS);
export const KEY = ['region', 'id'] as const;

/** Creates `name` with these columns; the last is kept out of line, uncompressed, so that an update need not send it. */
export function createTable(name: string): string {
  const columns = Object.entries(COLUMNS).map(([column, { type }]) => `${column} ${type}`);
  return `create table ${name} (${columns.join(', ')}, primary key (${KEY.join(', ')}));
    alter table ${name} alter column doc set storage external`;
}

/** Inserts a row of all the values. */
export function insertAll(name: string): string {
  return `insert into ${name} values (${Object.values(COLUMNS).map(({ sql }) => sql)})`;
}
