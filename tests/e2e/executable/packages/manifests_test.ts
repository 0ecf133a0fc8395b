import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { makeDocuments } from "../../../../scripts/release/contents.ts";
import { SECRET_NAME } from "../../../../src/cli/register/kubernetes.ts";
import { programCommand, programEnvironment } from "../../../process/program.ts";
import { runToEnd } from "../../../process/run_to_end.ts";
import { installed, installFolder } from "../../installed.ts";
import { tempFolder } from "../../temp_folder.ts";

const PACKAGING = new URL("../../../../packaging/", import.meta.url).pathname;
const COMPOSE = `${PACKAGING}compose/compose.yaml`;
const KUBERNETES = `${PACKAGING}kubernetes/appservice-mxisd.yaml`;

/** What a schema has against a document. */
async function faults(kind: "compose" | "kubernetes" | "cyclonedx", text: string): Promise<string> {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/document`, text);
  const python = await installed(`${installFolder()}/schemas/bin/python`);
  const script = new URL("validate.py", import.meta.url).pathname;
  const { code, errors } = await runToEnd([python, "-I", script, kind, `${folder.path}/document`]);
  return code === 0 ? "" : errors;
}

/** The documents of the manifests, by their kinds. */
async function manifests() {
  const documents = parseAllDocuments(await Deno.readTextFile(KUBERNETES), { version: "1.1" });
  return Object.fromEntries(documents.map((document) => {
    const value = document.toJS();
    return [value.kind, value];
  }));
}

/** Registers with a configuration whose registration file is moved, and checks it. */
async function check(text: string, registration: string): Promise<string> {
  await using folder = await tempFolder();
  const file = `${folder.path}/registration.yaml`;
  assert.ok(text.includes(registration));
  await Deno.writeTextFile(`${folder.path}/mxisd.yaml`, text.replace(registration, file), {
    mode: 0o600,
  });
  const env = {
    ...programEnvironment(),
    MXISD_LDAP_PASSWORD: "ldap-password",
    MXISD_SMTP_PASSWORD: "smtp-password",
  };
  const options = { cwd: folder.path, env };
  const command = await programCommand();
  const printed = await runToEnd([...command, "register", "--format", "k8s-secret"], options);
  assert.equal(printed.code, 0, printed.errors);
  assert.equal((await runToEnd([...command, "register"], options)).code, 0);
  const checked = await runToEnd([...command, "config", "check"], options);
  assert.equal(checked.code, 0, checked.errors);
  assert.doesNotMatch(checked.errors, /: warning: /);
  return printed.output;
}

Deno.test("the Compose file fits its schema", async () => {
  const text = await Deno.readTextFile(COMPOSE);
  assert.equal(await faults("compose", text), "");
  assert.match(await faults("compose", text.replace("read_only:", "readonly:")), /readonly/);
});

Deno.test("the manifests fit Kubernetes' schemas, and the Secret too", async () => {
  const text = await Deno.readTextFile(KUBERNETES);
  assert.equal(await faults("kubernetes", text), "");
  assert.notEqual(await faults("kubernetes", text.replace("replicas: 1", "replicas: one")), "");
  const { ConfigMap, Deployment } = await manifests();
  const secret = await check(ConfigMap.data["mxisd.yaml"], "/run/registration/registration.yaml");
  assert.equal(await faults("kubernetes", secret), "");
  const { volumes } = Deployment.spec.template.spec;
  const [mounted] = volumes.flatMap(({ secret }: { secret?: { secretName: string } }) =>
    secret?.secretName ?? []
  );
  assert.deepEqual([parse(secret).metadata.name, mounted], [SECRET_NAME, SECRET_NAME]);
});

Deno.test("the probes ask where the configuration listens", async () => {
  const { ConfigMap, Deployment, Service } = await manifests();
  const { server } = parse(ConfigMap.data["mxisd.yaml"]);
  const [container] = Deployment.spec.template.spec.containers;
  const ports = Object.fromEntries(
    container.ports.map((
      port: { name: string; containerPort: number },
    ) => [port.name, port.containerPort]),
  );
  assert.deepEqual(ports, { http: 8090, metrics: server.metrics.port });
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  assert.deepEqual(probes.map(({ httpGet }) => httpGet), [
    { path: "/healthz", port: "metrics" },
    { path: "/healthz", port: "metrics" },
    { path: "/readyz", port: "metrics" },
  ]);
  assert.deepEqual(Service.spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort), [
    "http",
  ]);
});

Deno.test("the configurations of the Compose file are accepted by the program and by Synapse", async () => {
  const own = await Deno.readTextFile(`${PACKAGING}compose/mxisd.yaml`);
  await check(own, "/home/nonroot/registration.yaml");
  await using folder = await tempFolder();
  const homeserver = await Deno.readTextFile(`${PACKAGING}compose/homeserver.yaml`);
  const file = `${folder.path}/homeserver.yaml`;
  await Deno.writeTextFile(file, homeserver.replaceAll("/data/", `${folder.path}/`));
  const python = await installed(`${installFolder()}/synapse/bin/python`);
  const synapse = [python, "-m", "synapse.app.homeserver", "--config-path", file] as const;
  const { code, errors } = await runToEnd([...synapse, "--generate-keys"]);
  assert.equal(code, 0, errors);
  assert.match(await Deno.readTextFile(`${folder.path}/signing.key`), /^ed25519 /);
});

Deno.test("the bill of materials fits CycloneDX's schema", async () => {
  const { bill } = await makeDocuments({
    ...{ file: new URL("file:///unread"), architecture: "x86_64", runtime: "2.9.6" },
    ...{ version: "1.2.3", time: 1_700_000_000 },
  });
  assert.equal(await faults("cyclonedx", bill), "");
  assert.notEqual(await faults("cyclonedx", bill.replace('"platform"', '"runtime"')), "");
});
