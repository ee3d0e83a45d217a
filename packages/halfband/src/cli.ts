#!/usr/bin/env node
import { main } from "@halfband/node/cli";

process.exitCode = await main(process.argv.slice(2));
