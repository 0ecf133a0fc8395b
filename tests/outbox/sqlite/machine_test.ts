import { machineContract } from "../../contracts/outbox_machine.ts";
import { policyMachineContract } from "../../contracts/outbox_policy_machine.ts";
import { runs } from "../../thorough.ts";
import { sqliteSubject } from "./subject.ts";

const { numRuns } = runs(100);

machineContract("SQLite", () => sqliteSubject(), { numRuns, knowsAwaited: true });
policyMachineContract("SQLite", sqliteSubject, numRuns);
