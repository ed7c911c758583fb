#!/usr/bin/env node
// The command's stable place: npm links it before the first build has made dist.
import "../dist/bin.js";
