CREATE TABLE api_keys (
	client_id UUID NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	hash BYTEA NOT NULL, 
	hint VARCHAR(20) NOT NULL, 
	scopes JSONB NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	last_used_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_api_keys PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE events (
	type VARCHAR(80) NOT NULL, 
	subject_type VARCHAR(40) NOT NULL, 
	subject_id UUID NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor VARCHAR(120) NOT NULL, 
	cause_id UUID, 
	data JSONB NOT NULL, 
	data_version INTEGER NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE idempotency_keys (
	client_id UUID NOT NULL, 
	key VARCHAR(255) NOT NULL, 
	fingerprint BYTEA NOT NULL, 
	status INTEGER NOT NULL, 
	headers JSONB NOT NULL, 
	body BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE jobs (
	kind VARCHAR(80) NOT NULL, 
	ref UUID NOT NULL, 
	args JSONB NOT NULL, 
	key VARCHAR(255), 
	status VARCHAR(10) NOT NULL, 
	attempts INTEGER NOT NULL, 
	run_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	claim UUID, 
	last_error TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE shops (
	id UUID NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	locales JSONB NOT NULL, 
	mode VARCHAR(10) NOT NULL, 
	support_email VARCHAR(254), 
	support_phone VARCHAR(32), 
	website VARCHAR(2048), 
	clock_offset INTERVAL DEFAULT interval '0' NOT NULL, 
	clock_pinned_at TIMESTAMP WITH TIME ZONE, 
	clock_lease_until TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_shops PRIMARY KEY (id), 
	CONSTRAINT ck_shops__mode CHECK (mode IN ('live', 'sandbox'))
);
-- next
CREATE TABLE webhook_endpoints (
	url VARCHAR(2048) NOT NULL, 
	description VARCHAR(255) NOT NULL, 
	types JSONB NOT NULL, 
	metadata JSONB NOT NULL, 
	secrets_sealed BYTEA, 
	headers_sealed BYTEA, 
	ordering VARCHAR(10) NOT NULL, 
	rate INTEGER, 
	enabled BOOLEAN NOT NULL, 
	disabled_reason VARCHAR(20), 
	first_failure_at TIMESTAMP WITH TIME ZONE, 
	next_slot_at TIMESTAMP WITH TIME ZONE, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	removed_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_webhook_endpoints PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_webhook_endpoints__ordering CHECK (ordering IN ('none', 'fifo')), 
	CONSTRAINT ck_webhook_endpoints__disabled_reason CHECK (disabled_reason IN ('manual', 'failing', 'gone'))
);
-- next
CREATE TABLE webhook_messages (
	type VARCHAR(80) NOT NULL, 
	event_id UUID, 
	dedupe_key VARCHAR(255), 
	customer_id UUID, 
	is_test BOOLEAN NOT NULL, 
	payload BYTEA, 
	expunged_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_webhook_messages PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_webhook_messages__event UNIQUE (shop_id, event_id), 
	CONSTRAINT uq_webhook_messages__dedupe UNIQUE (shop_id, dedupe_key)
);
-- next
CREATE TABLE webhook_backfills (
	endpoint_id UUID NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	since TIMESTAMP WITH TIME ZONE NOT NULL, 
	until TIMESTAMP WITH TIME ZONE NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	cursor UUID, 
	queued INTEGER NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_webhook_backfills PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_webhook_backfills__kind CHECK (kind IN ('recover', 'replay_missing')), 
	CONSTRAINT ck_webhook_backfills__status CHECK (status IN ('running', 'completed'))
);
-- next
CREATE TABLE webhook_deliveries (
	message_id UUID NOT NULL, 
	endpoint_id UUID NOT NULL, 
	place UUID NOT NULL, 
	type VARCHAR(80) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	attempts INTEGER NOT NULL, 
	step SMALLINT NOT NULL, 
	trigger VARCHAR(10) NOT NULL, 
	is_failing BOOLEAN NOT NULL, 
	last_status_code SMALLINT, 
	last_error VARCHAR(40), 
	last_attempt_at TIMESTAMP WITH TIME ZONE, 
	in_flight_until TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_webhook_deliveries PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_webhook_deliveries__message UNIQUE (shop_id, message_id, endpoint_id), 
	CONSTRAINT ck_webhook_deliveries__status CHECK (status IN ('pending', 'delivered', 'failed', 'aborted')), 
	CONSTRAINT ck_webhook_deliveries__trigger CHECK (trigger IN ('scheduled', 'manual'))
);
-- next
CREATE TABLE webhook_attempts (
	delivery_id UUID NOT NULL, 
	message_id UUID NOT NULL, 
	endpoint_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	trigger VARCHAR(10) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	url VARCHAR(2048) NOT NULL, 
	ip VARCHAR(45), 
	status_code SMALLINT, 
	error VARCHAR(40), 
	response VARCHAR(1000), 
	duration_ms INTEGER NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_webhook_attempts PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_webhook_attempts__number UNIQUE (shop_id, delivery_id, number), 
	CONSTRAINT ck_webhook_attempts__status CHECK (status IN ('succeeded', 'failed', 'blocked')), 
	CONSTRAINT ck_webhook_attempts__trigger CHECK (trigger IN ('scheduled', 'manual'))
);
-- next
CREATE UNIQUE INDEX uq_api_keys__hash ON api_keys (hash);
-- next
CREATE INDEX ix_events__customer ON events (shop_id, customer_id, occurred_at, id);
-- next
CREATE INDEX ix_events__order ON events (shop_id, order_id, id);
-- next
CREATE INDEX ix_events__subject ON events (shop_id, subject_id, id);
-- next
CREATE INDEX ix_events__type ON events (shop_id, type, id);
-- next
CREATE INDEX ix_idempotency_keys__age ON idempotency_keys (shop_id, created_at);
-- next
CREATE UNIQUE INDEX uq_idempotency_keys__key ON idempotency_keys (shop_id, client_id, key);
-- next
CREATE INDEX ix_jobs__waiting ON jobs (shop_id, run_at) WHERE status = 'waiting';
-- next
CREATE UNIQUE INDEX uq_jobs__key ON jobs (shop_id, key) WHERE key IS NOT NULL AND status = 'waiting';
-- next
CREATE INDEX ix_webhook_endpoints__list ON webhook_endpoints (shop_id, created_at, id) WHERE removed_at IS NULL;
-- next
CREATE INDEX ix_webhook_messages__customer ON webhook_messages (shop_id, customer_id) WHERE customer_id IS NOT NULL;
-- next
CREATE INDEX ix_webhook_messages__list ON webhook_messages (shop_id, created_at, id);
-- next
CREATE INDEX ix_webhook_backfills__endpoint ON webhook_backfills (shop_id, endpoint_id, created_at, id);
-- next
ALTER TABLE webhook_backfills ADD CONSTRAINT fk_webhook_backfills__webhook_endpoints__endpoint_id FOREIGN KEY(shop_id, endpoint_id) REFERENCES webhook_endpoints (shop_id, id);
-- next
CREATE INDEX ix_webhook_deliveries__due ON webhook_deliveries (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_webhook_deliveries__endpoint ON webhook_deliveries (shop_id, endpoint_id, created_at, id);
-- next
CREATE INDEX ix_webhook_deliveries__flying ON webhook_deliveries (shop_id, endpoint_id) WHERE in_flight_until IS NOT NULL;
-- next
CREATE INDEX ix_webhook_deliveries__turn ON webhook_deliveries (shop_id, endpoint_id, place) WHERE status = 'pending';
-- next
ALTER TABLE webhook_deliveries ADD CONSTRAINT fk_webhook_deliveries__webhook_endpoints__endpoint_id FOREIGN KEY(shop_id, endpoint_id) REFERENCES webhook_endpoints (shop_id, id);
-- next
ALTER TABLE webhook_deliveries ADD CONSTRAINT fk_webhook_deliveries__webhook_messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES webhook_messages (shop_id, id);
-- next
CREATE INDEX ix_webhook_attempts__endpoint ON webhook_attempts (shop_id, endpoint_id, created_at, id);
-- next
CREATE INDEX ix_webhook_attempts__message ON webhook_attempts (shop_id, message_id, created_at, id);
-- next
ALTER TABLE webhook_attempts ADD CONSTRAINT fk_webhook_attempts__webhook_deliveries__delivery_id FOREIGN KEY(shop_id, delivery_id) REFERENCES webhook_deliveries (shop_id, id);
-- next
ALTER TABLE webhook_attempts ADD CONSTRAINT fk_webhook_attempts__webhook_endpoints__endpoint_id FOREIGN KEY(shop_id, endpoint_id) REFERENCES webhook_endpoints (shop_id, id);
-- next
ALTER TABLE webhook_attempts ADD CONSTRAINT fk_webhook_attempts__webhook_messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES webhook_messages (shop_id, id);
-- next
ALTER TABLE api_keys OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO aftersales_app;
-- next
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON api_keys FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT ON api_keys TO aftersales_lookup;
-- next
CREATE POLICY lookup ON api_keys FOR SELECT TO aftersales_lookup USING (true);
-- next
ALTER TABLE events OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON events TO aftersales_app;
-- next
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE events FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON events FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE idempotency_keys OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO aftersales_app;
-- next
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON idempotency_keys FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE jobs OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO aftersales_app;
-- next
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON jobs FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO aftersales_pump;
-- next
CREATE POLICY pump ON jobs FOR ALL TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE shops OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON shops TO aftersales_app;
-- next
ALTER TABLE shops ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE shops FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON shops FOR ALL USING (id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT ON shops TO aftersales_lookup;
-- next
CREATE POLICY lookup ON shops FOR SELECT TO aftersales_lookup USING (true);
-- next
GRANT SELECT (id, clock_offset, clock_pinned_at, clock_lease_until, mode), UPDATE (clock_offset, clock_pinned_at, clock_lease_until) ON shops TO aftersales_pump;
-- next
CREATE POLICY pump ON shops FOR ALL TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE webhook_endpoints OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints TO aftersales_app;
-- next
ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE webhook_endpoints FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON webhook_endpoints FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE webhook_messages OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_messages TO aftersales_app;
-- next
ALTER TABLE webhook_messages ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE webhook_messages FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON webhook_messages FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE webhook_backfills OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_backfills TO aftersales_app;
-- next
ALTER TABLE webhook_backfills ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE webhook_backfills FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON webhook_backfills FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE webhook_deliveries OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO aftersales_app;
-- next
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON webhook_deliveries FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON webhook_deliveries TO aftersales_pump;
-- next
CREATE POLICY pump_select ON webhook_deliveries FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON webhook_deliveries FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE webhook_attempts OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_attempts TO aftersales_app;
-- next
ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE webhook_attempts FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON webhook_attempts FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - TG_ARGV) = (to_jsonb(NEW) - TG_ARGV) THEN RETURN NEW; END IF; IF TG_OP = 'DELETE' AND current_setting('app.erasing', true) = 'on' THEN RETURN OLD; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change('data');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON webhook_attempts FOR EACH ROW EXECUTE FUNCTION refuse_change('response');
-- next

CREATE OR REPLACE FUNCTION authenticate(key_hash bytea)
RETURNS TABLE (shop_id uuid, key_id uuid, client_id uuid, scopes text[], mode text, clock_offset interval,
               clock_pinned_at timestamptz, stale boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT k.shop_id, k.id, k.client_id, ARRAY(SELECT jsonb_array_elements_text(k.scopes)), s.mode, s.clock_offset,
         s.clock_pinned_at, k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute'
    INTO authenticate.shop_id, authenticate.key_id, authenticate.client_id, authenticate.scopes, authenticate.mode,
         authenticate.clock_offset, authenticate.clock_pinned_at, authenticate.stale
    FROM public.api_keys k JOIN public.shops s ON s.id = k.shop_id
   WHERE k.hash = key_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
  IF FOUND THEN
    PERFORM set_config('app.shop', authenticate.shop_id::text, true);
    RETURN NEXT;
  END IF;
END $$;
-- next
ALTER FUNCTION authenticate(bytea) OWNER TO aftersales_lookup;
-- next
REVOKE ALL ON FUNCTION authenticate(bytea) FROM PUBLIC;
-- next
GRANT EXECUTE ON FUNCTION authenticate(bytea) TO aftersales_app, aftersales_pump;
