/**
 * Asks for `/health` from a thread of its own, so that the load's own work does not count.
 *
 * @module
 */

/** A running probe. */
export interface HealthProbe extends AsyncDisposable {
  /**
   * The longest time until a response, in milliseconds, without the time for which other programs
   * kept the processors; infinite when there was an error.
   */
  longest(): Promise<number>;
}

/** Starts to probe a service on the loopback interface, whose process has that ID. */
export function startHealthProbe(port: number, pid: number): HealthProbe {
  const worker = new Worker(new URL("health_probe_worker.ts", import.meta.url), { type: "module" });
  const result = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => result.resolve(data);
  worker.postMessage({ port, pid });
  return {
    longest() {
      worker.postMessage("end");
      return result.promise;
    },
    [Symbol.asyncDispose]() {
      worker.terminate();
      return Promise.resolve();
    },
  };
}
