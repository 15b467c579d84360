import { connect, createServer, type Server, type Socket } from 'node:net';

export type Endpoint = { host: string; port: number };

/** What happens to the bytes: both ways; client's kept back; both kept back. */
export type Flow = 'forward' | 'hold' | 'blackhole';

export type ProxyConnection = {
  /** 1 for the first connection since the proxy started. */
  readonly id: number;
  readonly flow: Flow;
  /** False once the client has closed or died. */
  readonly clientOpen: boolean;
  readonly upstreamOpen: boolean;
  /** Bytes from the client that the server has not been sent yet. */
  readonly heldBytes: number;
  /** Bytes the server sent after the client was gone: its answer to what was delivered late. */
  readonly lateAnswer: Buffer;
  hold(): void;
  blackhole(): void;
  release(): void;
  cut(): void;
};

export type TcpProxy = {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** May be changed; connections made later go there. */
  target: Endpoint;
  /** Open ones and, until close(), those whose client is gone while their server side is kept open. */
  readonly connections: readonly ProxyConnection[];
  /** Client → server bytes of all connections, also of later ones, are kept back; a client that dies leaves its server side open. */
  hold(): void;
  /** Connections made from now on are forwarded; what is held stays held. For a service that is started again. */
  forwardNew(): void;
  /** All connections stay open and carry nothing in either direction. */
  blackhole(): void;
  /** Delivers what was kept back, also of dead clients, and forwards again. */
  release(): void;
  /** Resets all connections on both sides; new ones are accepted. */
  cut(): void;
  close(): Promise<void>;
};

/** A TCP proxy on loopback that a test can tell to delay, swallow or cut. */
export async function startTcpProxy(options: { target: Endpoint; port?: number }): Promise<TcpProxy> {
  const connections = new Set<Connection>();
  let flow: Flow = 'forward';
  let count = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const connection = new Connection(++count, client, proxy.target, flow, () => connections.delete(connection));
    connections.add(connection);
  });
  const setAll = (next: Flow): void => {
    flow = next;
    for (const connection of connections) connection.setFlow(next);
  };
  const cut = (): void => {
    for (const connection of connections) connection.cut();
  };
  const port = await listen(server, options.port ?? 0);
  const proxy: TcpProxy = {
    host: '127.0.0.1',
    port,
    target: options.target,
    get connections() {
      return [...connections];
    },
    hold: () => setAll('hold'),
    blackhole: () => setAll('blackhole'),
    release: () => setAll('forward'),
    forwardNew() {
      flow = 'forward';
    },
    cut,
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}

class Connection implements ProxyConnection {
  readonly id: number;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #late: Buffer[] = [];
  readonly #onClosed: () => void;
  #flow: Flow;
  #clientOpen = true;
  #upstreamOpen = true;
  /** The client died with bytes held: its server side stays open, to take the late bytes and to give its answer. */
  #outlives = false;

  constructor(id: number, client: Socket, target: Endpoint, flow: Flow, onClosed: () => void) {
    this.id = id;
    this.#flow = flow;
    this.#client = client;
    this.#onClosed = onClosed;
    this.#upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    this.#up = new Pipe(client, this.#upstream);
    this.#down = new Pipe(this.#upstream, client);
    client.on('error', () => {}).on('data', (bytes: Buffer) => this.#up.take(bytes));
    this.#upstream.on('error', () => {}).on('data', (bytes: Buffer) => this.#fromUpstream(bytes));
    client.on('end', () => this.#clientEnded()).on('close', () => this.#clientClosed());
    this.#upstream.on('end', () => this.#upstreamEnded()).on('close', () => this.#upstreamClosed());
    this.setFlow(flow);
  }

  get flow(): Flow {
    return this.#flow;
  }

  get clientOpen(): boolean {
    return this.#clientOpen;
  }

  get upstreamOpen(): boolean {
    return this.#upstreamOpen;
  }

  get heldBytes(): number {
    return this.#up.heldBytes;
  }

  get lateAnswer(): Buffer {
    return Buffer.concat(this.#late);
  }

  hold(): void {
    this.setFlow('hold');
  }

  blackhole(): void {
    this.setFlow('blackhole');
  }

  release(): void {
    this.setFlow('forward');
  }

  setFlow(flow: Flow): void {
    this.#flow = flow;
    this.#up.setOpen(flow === 'forward');
    this.#down.setOpen(flow !== 'blackhole');
  }

  cut(): void {
    this.#outlives = false;
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
    this.#forgetWhenClosed();
  }

  #fromUpstream(bytes: Buffer): void {
    if (this.#clientOpen) this.#down.take(bytes);
    else this.#late.push(bytes);
  }

  #clientEnded(): void {
    if (this.#flow === 'forward') this.#up.finish();
    else this.#outlives = true;
    // Half open only while bytes may still come down; a client that has ended its side is taken for gone.
    if (this.#outlives) this.#client.destroy();
  }

  #clientClosed(): void {
    this.#clientOpen = false;
    if (this.#flow !== 'forward') this.#outlives = true;
    if (!this.#outlives) this.#upstream.destroy();
    this.#forgetWhenClosed();
  }

  #upstreamEnded(): void {
    if (this.#clientOpen) this.#down.finish();
    else this.#upstream.destroy();
  }

  #upstreamClosed(): void {
    this.#upstreamOpen = false;
    // What came before the end is still to be written, so end and not destroy, unless nobody is there to read it.
    if (this.#clientOpen) this.#down.finish();
    this.#forgetWhenClosed();
  }

  #forgetWhenClosed(): void {
    // One that outlives its client stays listed, for its late answer, until the proxy is closed or the connection cut.
    if (!this.#clientOpen && !this.#upstreamOpen && !this.#outlives) this.#onClosed();
  }
}

/** One direction: bytes pass while open, are kept in order while not; a full destination pauses the source. */
class Pipe {
  readonly #source: Socket;
  readonly #destination: Socket;
  readonly #held: Buffer[] = [];
  #open = true;
  #finished = false;
  heldBytes = 0;

  constructor(source: Socket, destination: Socket) {
    this.#source = source;
    this.#destination = destination;
    destination.on('drain', () => source.resume());
  }

  take(bytes: Buffer): void {
    if (this.#open) {
      this.#write(bytes);
      return;
    }
    this.#held.push(bytes);
    this.heldBytes += bytes.length;
  }

  setOpen(open: boolean): void {
    this.#open = open;
    if (!open) return;
    for (const bytes of this.#held.splice(0)) this.#write(bytes);
    this.heldBytes = 0;
    if (this.#finished) this.#destination.end();
  }

  /** The source has ended: the destination ends after what is held. */
  finish(): void {
    this.#finished = true;
    if (this.#open) this.#destination.end();
  }

  #write(bytes: Buffer): void {
    if (!this.#destination.writable) return;
    if (!this.#destination.write(bytes)) this.#source.pause();
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
