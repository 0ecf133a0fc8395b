/**
 * A real browser: Debian's Chromium, headless.
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { tempFolder } from "../temp_folder.ts";
import { connectDevTools, type DevTools } from "./devtools.ts";

/** A running browser. */
export interface Browser extends AsyncDisposable {
  /** Opens a page in a tab with an empty profile. */
  open(url: string, view?: View): Promise<BrowserPage>;
}

/** The window and the colour scheme in which a page is shown. */
export interface View {
  /** The width of the window in CSS pixels. Default: 1000. */
  readonly width?: number;
  /** The height of the window in CSS pixels. Default: 900. */
  readonly height?: number;
  /** Whether the reader prefers a dark colour scheme. */
  readonly dark?: boolean;
}

/** A page. */
export interface BrowserPage extends AsyncDisposable {
  /** Navigates to another URL and waits until it has loaded. */
  goto(url: string): Promise<void>;
  /** Changes the window and the colour scheme. */
  setView(view: View): Promise<void>;
  /** Evaluates an expression in the page, and awaits it if it is a promise. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Clicks on the element that a CSS selector matches, and waits until the next page has loaded. */
  follow(selector: string): Promise<void>;
  /** Runs an action and waits until the page has reloaded because of it. */
  reloaded(action: () => Promise<unknown>): Promise<void>;
  /** A screenshot of the whole page, PNG. */
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
  // A kill would leave processes behind that still write into the folder.
  stack.defer(async () => {
    await devtools.call("Browser.close");
    await child.ended;
  });
  const browser = stack.move();
  return {
    open: (url, view = {}) => openPage(devtools, url, view),
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
        // It contacts Google's servers at every start.
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

async function openPage(devtools: DevTools, url: string, view: View): Promise<BrowserPage> {
  const { browserContextId } = await devtools.call("Target.createBrowserContext");
  const { targetId } = await devtools.call("Target.createTarget", {
    url: "about:blank",
    browserContextId,
  });
  const { sessionId } = await devtools.call("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const call = (method: string, params?: object) => devtools.call(method, params, session);
  await call("Page.enable");

  // Resolves when the page that the action leads to has loaded.
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
    async setView({ width = 1000, height = 900, dark = false }) {
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
      // The window is made as tall as the page: in a page from right to left, what is outside the
      // window is drawn at the wrong position.
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
  await page.setView(view);
  await page.goto(url);
  return page;
}
