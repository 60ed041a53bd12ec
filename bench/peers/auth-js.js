// Auth.js as its pages for Express, Kysely (so sessions are in the database) and OIDC set it up.
import { ExpressAuth } from "@auth/express";
import { KyselyAdapter } from "@auth/kysely-adapter";
import Database from "better-sqlite3";
import express from "express";
import { Kysely, SqliteDialect } from "kysely";

const { CLIENT_ID, CLIENT_SECRET, DATABASE, ISSUER, PORT } = process.env;
const database = new Database(DATABASE);
database.pragma("journal_mode = WAL"); // as in Signet, so only the work differs
database.pragma("synchronous = NORMAL");
database.exec(`
  CREATE TABLE IF NOT EXISTS User (id PRIMARY KEY, name, email UNIQUE, emailVerified, image);
  CREATE TABLE IF NOT EXISTS Account (id PRIMARY KEY, userId REFERENCES User, type, provider,
    providerAccountId, refresh_token, access_token, expires_at, token_type, scope, id_token,
    session_state, UNIQUE (provider, providerAccountId));
  CREATE TABLE IF NOT EXISTS Session (id PRIMARY KEY, userId REFERENCES User,
    sessionToken UNIQUE, expires);`);

const provider = {
  id: "demo",
  name: "Demo",
  type: "oidc",
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  checks: ["pkce", "state", "nonce"],
  idToken: false, // name and address come from userinfo
};
const adapter = KyselyAdapter(new Kysely({ dialect: new SqliteDialect({ database }) }));
const auth = ExpressAuth({ providers: [provider], adapter, trustHost: true });
express().use("/auth/*", auth).listen(PORT, "127.0.0.1");
