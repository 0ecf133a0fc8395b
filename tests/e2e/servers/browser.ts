/**
 * A real browser: Debian's Chromium, without a window.
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { tempFolder } from "../temp_folder.ts";
import { connectDevTools, type DevTools } from "./devtools.ts";

/** A running browser. */
export interface Browser extends AsyncDisposable {
  /** Opens a page in a tab of its own, as somebody who has never been anywhere. */
  open(url: string, look?: Look): Promise<BrowserPage>;
}

/** How a page is looked at. */
export interface Look {
  /** The width of the window in CSS pixels; 1000 unless told. */
  readonly width?: number;
  /** Its height; 900 unless told. */
  readonly height?: number;
  /** Whether the reader likes it dark. */
  readonly dark?: boolean;
}

/** A page. */
export interface BrowserPage extends AsyncDisposable {
  /** Goes to another address, and waits until all is loaded. */
  goto(url: string): Promise<void>;
  /** Looks at it in another way. */
  look(look: Look): Promise<void>;
  /** The value of an expression in the page; of a promise, what it comes to. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Clicks on the element that a CSS selector finds, and waits for the page that this leads to. */
  follow(selector: string): Promise<void>;
  /** Does something, and waits until the page has reloaded because of it. */
  reloaded(action: () => Promise<unknown>): Promise<void>;
  /** A picture of the whole page, PNG. */
  screenshot(): Promise<Uint8Array>;
}

/**
 * Starts the browser.
 *
 * @throws {Error} When it is not installed: it says what installs it.
 */
export async function startBrowser(): Promise<Browser> {
  await using stack = new AsyncDisposableStack();
  const profile = stack.use(await tempFolder());
  const child = stack.use(spawn(profile.path));
  const line = await child.lines.find((line) => line.startsWith("DevTools listening on "));
  const devtools = await connectDevTools(/ws:\S+/.exec(line)?.[0] ?? "");
  stack.use(devtools);
  // Killed, it would leave processes that still write into the folder.
  stack.defer(async () => {
    await devtools.call("Browser.close");
    await child.ended;
  });
  const browser = stack.move();
  return {
    open: (url, look = {}) => openPage(devtools, url, look),
    [Symbol.asyncDispose]: () => browser.disposeAsync(),
  };
}

function spawn(profile: string): Child {
  try {
    return new Child({
      name: "chromium",
      command: [
        "chromium",
        ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--lang=en"],
        ...["--no-first-run", "--disable-background-networking", "--disable-component-update"],
        // It looks for its maker's servers at every start.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        ...["--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
      ],
      cwd: profile,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: profile },
    });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error("Cannot find chromium: run tests/e2e/install.sh", { cause });
  }
}

async function openPage(devtools: DevTools, url: string, look: Look): Promise<BrowserPage> {
  const { browserContextId } = await devtools.call("Target.createBrowserContext");
  const { targetId } = await devtools.call("Target.createTarget", {
    url: "about:blank",
    browserContextId,
  });
  const { sessionId } = await devtools.call("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const call = (method: string, params?: object) => devtools.call(method, params, session);
  await call("Page.enable");

  // What the action leads to has been loaded when this resolves.
  async function loading(action: () => Promise<unknown>): Promise<void> {
    const loaded = devtools.next("Page.loadEventFired", session);
    await action();
    await loaded;
  }
  let size = { width: 1000, height: 900 };
  async function resize(to: typeof size): Promise<void> {
    const metrics = { ...to, deviceScaleFactor: 1, mobile: false };
    await call("Emulation.setDeviceMetricsOverride", metrics);
  }
  const page: BrowserPage = {
    goto: (url) =>
      loading(async () => {
        const { errorText } = await call("Page.navigate", { url });
        if (errorText) throw new Error(`${url} cannot be opened: ${errorText}`);
      }),
    async look({ width = 1000, height = 900, dark = false }) {
      size = { width, height };
      await resize(size);
      const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
      await call("Emulation.setEmulatedMedia", { features });
    },
    async evaluate<Value>(expression: string): Promise<Value> {
      const params = { expression, returnByValue: true, awaitPromise: true };
      const { result, exceptionDetails } = await call("Runtime.evaluate", params);
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { readonly value: Value }).value;
    },
    follow: (selector) =>
      loading(() => page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`)),
    reloaded: loading,
    async screenshot() {
      // A window as tall as the page: what lies beyond a window is drawn beside its place where the
      // page runs from right to left.
      const { width, height } = size;
      const whole = await page.evaluate<number>("document.documentElement.scrollHeight");
      await resize({ width, height: Math.max(height, whole) });
      const { data } = await call("Page.captureScreenshot");
      await resize({ width, height });
      return Uint8Array.fromBase64(String(data));
    },
    async [Symbol.asyncDispose]() {
      await devtools.call("Target.disposeBrowserContext", { browserContextId });
    },
  };
  await page.look(look);
  await page.goto(url);
  return page;
}
