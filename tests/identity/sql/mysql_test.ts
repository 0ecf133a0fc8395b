import { fakeMysql } from "../../fakes/identity/sql/fake_mysql.ts";
import { testProtocol } from "./protocol_tests.ts";

testProtocol({
  name: "MySQL's protocol",
  type: "mysql",
  start: fakeMysql,
  // A server that was asked for TLS in vain is connected to twice.
  parameters: "useSSL=false",
  tls: {
    required: ["sslMode=REQUIRED", "sslMode=VERIFY_CA"],
    optional: ["sslMode=PREFERRED"],
  },
  loginRefused: /^misconfigured: sql: 127.0.0.1:PORT refuses the login: Access denied$/,
});
