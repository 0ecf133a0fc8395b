/**
 * The registration as a Secret of Kubernetes.
 *
 * @module
 */

/** The name of the Secret, which packaging/kubernetes mounts. */
export const SECRET_NAME = "appservice-mxisd-registration";

/** The manifest of a Secret with a registration file, given its text. */
export function secretManifest(registration: string): string {
  // Indentation and line ends are given, so that no line of the text is taken for something else.
  const lines = registration.trimEnd().split(/\r\n|\r|\n/).map((line) => `    ${line}`.trimEnd());
  return `# For the namespace of the homeserver and of appservice-mxisd: both read the registration.
# It holds secrets.
apiVersion: v1
kind: Secret
metadata:
  name: ${SECRET_NAME}
type: Opaque
stringData:
  registration.yaml: |2
${lines.join("\n")}
`;
}
