// better-auth as its pages "Express", "SQLite" and "Generic OAuth" set it up.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { genericOAuth } from "better-auth/plugins";
import Database from "better-sqlite3";
import express from "express";

const { BASE_URL, CLIENT_ID, CLIENT_SECRET, DATABASE, ISSUER, PORT } = process.env;
const database = new Database(DATABASE);
database.pragma("journal_mode = WAL"); // as in Signet, so only the work differs
database.pragma("synchronous = NORMAL");

const provider = {
  providerId: "demo",
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  discoveryUrl: `${ISSUER}/.well-known/openid-configuration`,
  scopes: ["openid", "profile", "email"],
};
const auth = betterAuth({
  baseURL: BASE_URL,
  database,
  rateLimit: { enabled: false }, // visitors of the benchmark share addresses
  plugins: [genericOAuth({ config: [provider] })],
});
await (await getMigrations(auth.options)).runMigrations();
express().all("/api/auth/*", toNodeHandler(auth)).listen(PORT, "127.0.0.1");
