/**
 * A page of a real browser that imports the built library, as a user's page without a bundler does.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Why the tests in a browser cannot run here, or `undefined`. */
export const missingChromium: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `skipped: ${CHROMIUM} is not installed (Debian: apt-get install chromium)`;

const library = fileURLToPath(new URL("../../packages/hearsay/dist/", import.meta.url));
const here = fileURLToPath(new URL("./", import.meta.url));

/** Rooms that a page may import; `hearsay/node` is the one that it may not. */
const ROOMS = ["kernel", "codec", "membership", "messaging", "overlay", "broadcast", "sim"];

export class BrowserPage {
  readonly page: Page;
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.page = page;
  }

  static async open(): Promise<BrowserPage> {
    const imports = Object.fromEntries(
      ROOMS.map((room) => [`hearsay/${room}`, `/library/${room}/index.js`]),
    );
    const html = `<script type="importmap">${JSON.stringify({ imports })}</script>
      <script type="module">import * as story from "/test/story.mjs"; globalThis.story = story;</script>`;
    const server = createServer(({ url = "/" }, response) => {
      void fileOf(url).then(
        (file) => response.setHeader("content-type", "text/javascript").end(file),
        () => response.setHeader("content-type", "text/html").end(html),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const args = ["--no-sandbox", "--disable-gpu"];
    const browser = await chromium.launch({ executablePath: CHROMIUM, args });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("globalThis.story !== undefined");
    return new BrowserPage(server, browser, page);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** `/library/…` is the library, `/test/…` what lies beside this file; nothing else is there. */
async function fileOf(url: string): Promise<Buffer> {
  const [, room, path] = /^\/(library|test)\/((?:[\w-]+\/)*[\w-]+\.m?js)$/.exec(url) ?? [];
  if (path === undefined) throw new Error(`no such file: ${url}`);
  return readFile((room === "library" ? library : here) + path);
}
