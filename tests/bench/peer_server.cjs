// The library matrix-appservice with a listener for memberships, as bridges use it.
// Usage: node peer_server.cjs FOLDER_WITH_NODE_MODULES PORT TOKEN
"use strict";

const { createRequire } = require("node:module");

const [folder, port, homeserverToken] = process.argv.slice(2);
const { AppService } = createRequire(`${folder}/package.json`)("matrix-appservice");
const service = new AppService({ homeserverToken });
service.on("type:m.room.member", () => {});
service.listen(Number(port), "127.0.0.1", 511);
