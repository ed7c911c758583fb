// A transport of your own: here over Node's EventEmitter, as a stand-in for a bus, a mesh or a radio.
// The suite of `hearsay/runtime` then proves that a node can run on it.
import { EventEmitter } from "node:events";
import { HearsayError, formatAddress } from "hearsay/kernel";
import { transportConformance } from "hearsay/runtime";

/** The bus: whoever is at an address listens to the event of that name. */
const bus = new EventEmitter();
let nextPort = 1;

/** @implements {import("hearsay/runtime").Transport} */
class BusTransport {
  #address;
  #listener;
  #ends = new Set();
  #state = "fresh";

  constructor(address = formatAddress(Uint8Array.of(10, 0, 0, 1), nextPort++)) {
    this.#address = address;
  }

  async bind(listener) {
    if (this.#state !== "fresh")
      throw new HearsayError("ERR_STATE", `it is ${this.#state} already`);
    if (bus.listenerCount(this.#address) > 0) {
      throw new HearsayError("ERR_ADDRESS_IN_USE", `${this.#address} is taken; choose another`);
    }
    this.#state = "bound";
    this.#listener = listener;
    bus.on(this.#address, this.#receive);
    return this.#address;
  }

  send(to, bytes) {
    if (this.#state !== "bound" || bytes.length > 65_507) return;
    // The sender may use its bytes again at once, so what travels is a copy.
    const copy = new Uint8Array(bytes);
    // In a later turn: nobody is called back while `send` is on the stack.
    setImmediate(() => bus.emit(to, { from: this.#address, datagram: copy }));
  }

  open(to, listener) {
    const near = new BusStream(this.#ends, listener);
    if (this.#state !== "bound") near.abort();
    else {
      setImmediate(() => {
        if (!near.silent && !bus.emit(to, { from: this.#address, dialer: near }))
          near.fail("refused");
      });
    }
    return near;
  }

  async close() {
    this.#state = "closed";
    bus.off(this.#address, this.#receive);
    for (const end of this.#ends) end.leave();
  }

  #receive = ({ from, datagram, dialer }) => {
    if (datagram !== undefined) {
      this.#listener.datagram(from, datagram);
      return;
    }
    const far = new BusStream(this.#ends);
    far.peer = dialer;
    dialer.peer = far;
    far.listener = this.#listener.accept(far, from);
    if (!dialer.silent) dialer.listener.opened();
  };
}

/** One end of a stream. */
class BusStream {
  peer;
  listener;
  /** Nothing more is heard here. */
  silent = false;
  #siblings;
  #cut = false;
  #finished = false;
  #heardEnd = false;
  #waiting = 0;

  constructor(siblings, listener) {
    this.#siblings = siblings;
    this.listener = listener;
    siblings.add(this);
  }

  write(bytes) {
    if (this.silent || this.#finished) return;
    const copy = new Uint8Array(bytes);
    this.#waiting++;
    this.#later(() => {
      this.#waiting--;
      if (!this.peer.silent) this.peer.listener.chunk(copy);
      if (this.#waiting === 0 && !this.silent && !this.#finished) this.listener.writable();
    });
  }

  finish() {
    if (this.silent || this.#finished) return;
    this.#finished = true;
    if (this.#heardEnd) this.#hush();
    this.#later(() => this.peer.#hearEnd());
  }

  abort() {
    if (this.silent) return;
    this.#hush();
    this.#cut = true;
    setImmediate(() => this.peer?.fail("reset"));
  }

  /** The transport closes: a side that has ended stays ended, any other breaks. */
  leave() {
    if (this.#finished) this.#hush();
    else this.abort();
  }

  fail(reason) {
    if (this.silent) return;
    this.#hush();
    this.#cut = true;
    this.listener.failed(reason);
  }

  #hearEnd() {
    if (this.silent) return;
    this.#heardEnd = true;
    this.listener.ended();
    if (this.#finished) this.#hush();
  }

  #hush() {
    this.silent = true;
    this.#siblings.delete(this);
  }

  /** What is on its way when the stream breaks gets lost. */
  #later(task) {
    setImmediate(() => {
      if (!this.#cut && this.peer !== undefined) task();
    });
  }
}

const cases = transportConformance({
  make: (at) => new BusTransport(at),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
for (const { name, run } of cases) {
  await run();
  console.log(`holds: ${name}`);
}
console.log(`all ${cases.length} cases hold`);
