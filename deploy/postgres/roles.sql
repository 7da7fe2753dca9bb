-- One room's two roles and its database, made or brought up to date; safe to run again.
-- Called as the superuser: psql -v room=ROOM -f roles.sql, with both passwords in the environment.
-- ROOM_owner owns the database and migrates it. ROOM runs: it may connect and use rows, owns nothing, creates nothing.
\set ON_ERROR_STOP on
\getenv owner_password SPIS_OWNER_PASSWORD
\getenv run_password SPIS_RUN_PASSWORD
\set owner :room _owner

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY[:'room', :'owner']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE :"room" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'run_password';
-- The words of a statement that fails hold its values: the server's log says what went wrong, and not with what.
ALTER ROLE :"room" SET log_min_error_statement = 'panic';

SELECT format('CREATE DATABASE %I OWNER %I', :'room', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'room')
\gexec

REVOKE ALL ON DATABASE :"room" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"room" TO :"room";
\connect :"room"
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE ON SCHEMA public TO :"room";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"room";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO :"room";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO :"room";
