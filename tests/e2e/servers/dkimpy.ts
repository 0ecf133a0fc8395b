/**
 * Python's dkimpy, which verifies DKIM signatures.
 *
 * @module
 */

import { runToEnd } from "../../process/run_to_end.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";

/** Its verdict on a mail. */
export interface DkimVerdict {
  /** Whether the signature is valid. */
  readonly passes: boolean;
  /** The names of the signed header fields, in lower case. */
  readonly covers: readonly string[];
}

const SCRIPT = `
import dkim, json, sys
name, record = sys.argv[2], sys.argv[3].encode()
def text_record(asked, timeout=5):
    return record if asked.decode().rstrip(".") == name else None
signed = dkim.DKIM(open(sys.argv[1], "rb").read())
passes = signed.verify(dnsfunc=text_record)
covers = [field.decode().lower() for field in signed.include_headers or []]
print(json.dumps({"passes": bool(passes), "covers": covers}))
`;

/** Verifies a mail. The DNS has only the given record. */
export async function checkWithDkimpy(
  mail: Uint8Array,
  name: string,
  record: string,
): Promise<DkimVerdict> {
  await installed("/usr/lib/python3/dist-packages/dkim/__init__.py");
  await using folder = await tempFolder();
  const file = `${folder.path}/mail.eml`;
  await Deno.writeFile(file, mail);
  const result = await runToEnd(["/usr/bin/python3", "-c", SCRIPT, file, name, record]);
  if (result.code !== 0) throw new Error(`dkimpy failed: ${result.errors}`);
  return JSON.parse(result.output);
}
