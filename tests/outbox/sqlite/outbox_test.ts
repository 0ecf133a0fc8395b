import { outboxContract } from "../../contracts/outbox.ts";
import { sqliteSubject } from "./subject.ts";

outboxContract("SQLite", sqliteSubject);
