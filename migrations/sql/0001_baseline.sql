CREATE TABLE api_keys (
	client_id UUID NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	hash BYTEA NOT NULL, 
	hint VARCHAR(20) NOT NULL, 
	scopes JSONB NOT NULL, 
	rate_per_minute INTEGER, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	last_used_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_api_keys PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE appointments (
	kind VARCHAR(20) NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	repair_id UUID, 
	registration_id UUID, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	location TEXT, 
	assignee VARCHAR(120), 
	note TEXT, 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_appointments PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_appointments__status CHECK (status IN ('scheduled', 'confirmed', 'done', 'cancelled', 'no_show')), 
	CONSTRAINT ck_appointments__ends_at CHECK (ends_at > starts_at)
);
-- next
CREATE TABLE business_calendars (
	name VARCHAR(80) NOT NULL, 
	current_version_id UUID NOT NULL, 
	current_number INTEGER NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_business_calendars PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE canned_replies (
	name VARCHAR(80) NOT NULL, 
	texts JSONB NOT NULL, 
	tags JSONB NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_canned_replies PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_automations (
	name VARCHAR(80) NOT NULL, 
	family VARCHAR(20) NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	on_event VARCHAR(40), 
	after JSONB, 
	condition JSONB, 
	actions JSONB NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_automations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_case_automations__family CHECK (family IN ('trigger', 'timed'))
);
-- next
CREATE TABLE case_categories (
	name VARCHAR(80) NOT NULL, 
	parent_id UUID, 
	skills JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_categories PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_changes (
	shop_id UUID NOT NULL, 
	no BIGINT GENERATED ALWAYS AS IDENTITY, 
	case_id UUID NOT NULL, 
	CONSTRAINT pk_case_changes PRIMARY KEY (shop_id, no)
);
-- next
CREATE TABLE case_count_states (
	round BIGINT NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	is_summed BOOLEAN NOT NULL, 
	summed_until DATE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_count_states PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_counters (
	last INTEGER NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_counters PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_countings (
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_countings PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_customer_standings (
	tier VARCHAR(80), 
	segments JSONB NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_customer_standings PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_figures (
	shop_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	metric VARCHAR(40) NOT NULL, 
	n SMALLINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	calendar INTEGER, 
	business INTEGER, 
	hit BOOLEAN, 
	excluded VARCHAR(30) NOT NULL, 
	events INTEGER NOT NULL, 
	amount BIGINT, 
	agent_id UUID, 
	label VARCHAR(40), 
	previous_at TIMESTAMP WITH TIME ZONE, 
	previous_breach_at TIMESTAMP WITH TIME ZONE, 
	is_test BOOLEAN NOT NULL, 
	keys BIGINT[] NOT NULL, 
	CONSTRAINT pk_case_figures PRIMARY KEY (shop_id, case_id, metric, n)
);
-- next
CREATE TABLE case_macros (
	name VARCHAR(80) NOT NULL, 
	actions JSONB NOT NULL, 
	texts JSONB NOT NULL, 
	active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_macros PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_number_keys (
	shop_id UUID NOT NULL, 
	key BIGINT NOT NULL, 
	dimension VARCHAR(20) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_case_number_keys PRIMARY KEY (shop_id, key)
);
-- next
CREATE TABLE case_settings (
	choices JSONB NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version INTEGER NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_settings PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_stays (
	shop_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	n SMALLINT NOT NULL, 
	day DATE NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	since TIMESTAMP WITH TIME ZONE NOT NULL, 
	until TIMESTAMP WITH TIME ZONE, 
	first_contact_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	keys BIGINT[] NOT NULL, 
	CONSTRAINT pk_case_stays PRIMARY KEY (shop_id, case_id, n, day)
);
-- next
CREATE TABLE case_sum_pairs (
	shop_id UUID NOT NULL, 
	metric VARCHAR(40) NOT NULL, 
	key BIGINT NOT NULL, 
	day DATE NOT NULL, 
	previous_day DATE NOT NULL, 
	n BIGINT NOT NULL, 
	CONSTRAINT pk_case_sum_pairs PRIMARY KEY (shop_id, metric, key, day, previous_day)
);
-- next
CREATE TABLE case_sum_times (
	shop_id UUID NOT NULL, 
	metric VARCHAR(40) NOT NULL, 
	basis VARCHAR(8) NOT NULL, 
	key BIGINT NOT NULL, 
	bin SMALLINT NOT NULL, 
	month DATE NOT NULL, 
	excluded VARCHAR(30) NOT NULL, 
	places INTEGER[] NOT NULL, 
	counts INTEGER[] NOT NULL, 
	CONSTRAINT pk_case_sum_times PRIMARY KEY (shop_id, metric, basis, key, bin, month, excluded)
);
-- next
CREATE TABLE case_sums (
	shop_id UUID NOT NULL, 
	metric VARCHAR(40) NOT NULL, 
	grain VARCHAR(1) NOT NULL, 
	key BIGINT NOT NULL, 
	day DATE NOT NULL, 
	excluded VARCHAR(30) NOT NULL, 
	n BIGINT NOT NULL, 
	hits BIGINT NOT NULL, 
	events BIGINT NOT NULL, 
	amount BIGINT NOT NULL, 
	calendar_n BIGINT NOT NULL, 
	calendar_sum BIGINT NOT NULL, 
	calendar_bins JSONB NOT NULL, 
	business_n BIGINT NOT NULL, 
	business_sum BIGINT NOT NULL, 
	business_bins JSONB NOT NULL, 
	CONSTRAINT pk_case_sums PRIMARY KEY (shop_id, metric, grain, key, day, excluded)
);
-- next
CREATE TABLE connections (
	source VARCHAR(40) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	settings JSONB NOT NULL, 
	secrets JSONB NOT NULL, 
	verified_at TIMESTAMP WITH TIME ZONE, 
	last_received_at TIMESTAMP WITH TIME ZONE, 
	silent_since TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_reason VARCHAR(80), 
	removed_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_connections PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE contact_policies (
	number INTEGER NOT NULL, 
	rules JSONB NOT NULL, 
	created_by VARCHAR(120) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_contact_policies PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_contact_policies__number UNIQUE (shop_id, number)
);
-- next
CREATE TABLE customer_tombstones (
	kind VARCHAR(10) NOT NULL, 
	key_hash BYTEA NOT NULL, 
	customer_id UUID, 
	erased_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_customer_tombstones PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_customer_tombstones__kind CHECK (kind IN ('identity', 'email', 'order'))
);
-- next
CREATE TABLE customers (
	status VARCHAR(10) NOT NULL, 
	email VARCHAR(254), 
	email_key VARCHAR(254), 
	email_verified BOOLEAN DEFAULT false NOT NULL, 
	verified_key VARCHAR(254), 
	guest_key VARCHAR(254), 
	phone TEXT, 
	first_name TEXT, 
	last_name TEXT, 
	locale TEXT, 
	country VARCHAR(2), 
	timezone VARCHAR(64), 
	timezone_source VARCHAR(20), 
	tags JSONB DEFAULT '[]'::jsonb NOT NULL, 
	attributes JSONB DEFAULT '{}'::jsonb NOT NULL, 
	accepts_marketing BOOLEAN, 
	accepts_marketing_at TIMESTAMP WITH TIME ZONE, 
	is_test BOOLEAN DEFAULT false NOT NULL, 
	merged_into_id UUID, 
	deleted_seen_at TIMESTAMP WITH TIME ZONE, 
	redacted_at TIMESTAMP WITH TIME ZONE, 
	source_updated_at TIMESTAMP WITH TIME ZONE, 
	held_over JSONB DEFAULT '{}'::jsonb NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_customers PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_customers__status CHECK (status IN ('active', 'merged', 'deleted', 'redacted')), 
	CONSTRAINT ck_customers__timezone_source CHECK (timezone_source IN ('customer', 'shipping_country', 'shop'))
);
-- next
CREATE TABLE escalation_rules (
	name VARCHAR(80) NOT NULL, 
	active BOOLEAN NOT NULL, 
	fires_on VARCHAR(20) NOT NULL, 
	target VARCHAR(20), 
	threshold INTEGER, 
	condition JSONB, 
	actions JSONB NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_escalation_rules PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_escalation_rules__fires_on CHECK (fires_on IN ('at_risk', 'breach', 'age', 'sentiment', 'reopen'))
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
CREATE TABLE flows (
	key VARCHAR(60) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	live_version_id UUID, 
	live_number INTEGER, 
	latest_number INTEGER NOT NULL, 
	trigger_event VARCHAR(80), 
	is_draining BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_flows PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_flows__key UNIQUE (shop_id, key), 
	CONSTRAINT ck_flows__status CHECK (status IN ('draft', 'active', 'paused', 'archived'))
);
-- next
CREATE TABLE idempotency_keys (
	client_id UUID NOT NULL, 
	key VARCHAR(255) NOT NULL, 
	fingerprint BYTEA NOT NULL, 
	status INTEGER NOT NULL, 
	headers JSONB NOT NULL, 
	body BYTEA, 
	about TEXT[] DEFAULT '{}' NOT NULL, 
	erased_at TIMESTAMP WITH TIME ZONE, 
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
	trace VARCHAR(55), 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE kb_categories (
	name VARCHAR(80) NOT NULL, 
	parent_id UUID, 
	position INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kb_categories PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE message_gateways (
	channel VARCHAR(20) NOT NULL, 
	url VARCHAR(2048) NOT NULL, 
	sender VARCHAR(80) NOT NULL, 
	secret_sealed BYTEA NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_message_gateways PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_message_gateways__channel UNIQUE (shop_id, channel), 
	CONSTRAINT ck_message_gateways__channel CHECK (channel IN ('email', 'sms', 'whatsapp', 'push', 'in_app'))
);
-- next
CREATE TABLE order_lookups (
	key_hash VARCHAR(64) NOT NULL, 
	window_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tries INTEGER NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_order_lookups PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE products (
	source VARCHAR(64) NOT NULL, 
	external_id VARCHAR(255) NOT NULL, 
	sku VARCHAR(255), 
	title TEXT NOT NULL, 
	category VARCHAR(255), 
	tags JSONB DEFAULT '[]'::jsonb NOT NULL, 
	guide_url TEXT, 
	review_url TEXT, 
	tips JSONB DEFAULT '{}'::jsonb NOT NULL, 
	replenish_after VARCHAR(40), 
	maintenance_interval VARCHAR(40), 
	warranty_months INTEGER, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_products PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_products__warranty_months CHECK (warranty_months BETWEEN 0 AND 1200)
);
-- next
CREATE TABLE quality_scorecards (
	name VARCHAR(80) NOT NULL, 
	criteria JSONB NOT NULL, 
	active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_quality_scorecards PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE reminders (
	kind VARCHAR(40) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	run_id UUID, 
	template_key VARCHAR(60) NOT NULL, 
	context JSONB NOT NULL, 
	dedupe_key VARCHAR(64) NOT NULL, 
	remind_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	reason VARCHAR(80), 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_reminders PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_reminders__dedupe UNIQUE (shop_id, dedupe_key), 
	CONSTRAINT ck_reminders__status CHECK (status IN ('planned', 'done', 'skipped', 'cancelled'))
);
-- next
CREATE TABLE repair_orders (
	number VARCHAR(40) NOT NULL, 
	warranty_claim_id UUID, 
	registration_id UUID, 
	order_id UUID, 
	customer_id UUID, 
	item TEXT NOT NULL, 
	serial VARCHAR(120), 
	defect TEXT NOT NULL, 
	diagnosis TEXT, 
	in_warranty BOOLEAN NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	location_id VARCHAR(80), 
	currency VARCHAR(3) NOT NULL, 
	parts JSONB NOT NULL, 
	labour JSONB NOT NULL, 
	quote_minor BIGINT, 
	quoted_at TIMESTAMP WITH TIME ZONE, 
	quote_answered_at TIMESTAMP WITH TIME ZONE, 
	promised_at TIMESTAMP WITH TIME ZONE, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	shipped_back_at TIMESTAMP WITH TIME ZONE, 
	tracking_number VARCHAR(255), 
	converted_to VARCHAR(20), 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_repair_orders PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_repair_orders__status CHECK (status IN ('received', 'diagnosing', 'quoted', 'quote_accepted', 'quote_declined', 'in_repair', 'awaiting_parts', 'repaired', 'quality_check', 'shipped_back', 'closed', 'irreparable', 'converted', 'unclaimed'))
);
-- next
CREATE TABLE return_policy_simulations (
	rules JSONB NOT NULL, 
	is_replay BOOLEAN NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	since TIMESTAMP WITH TIME ZONE, 
	until TIMESTAMP WITH TIME ZONE, 
	total INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	cursor UUID, 
	outcome JSONB NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_policy_simulations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_return_policy_simulations__status CHECK (status IN ('running', 'finished'))
);
-- next
CREATE TABLE return_policy_versions (
	number INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	rules JSONB NOT NULL, 
	valid_from TIMESTAMP WITH TIME ZONE, 
	created_by VARCHAR(120) NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_policy_versions PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE return_reasons (
	code VARCHAR(60) NOT NULL, 
	parent_id UUID, 
	label JSONB NOT NULL, 
	fault VARCHAR(10) NOT NULL, 
	requires_photo BOOLEAN NOT NULL, 
	requires_note BOOLEAN NOT NULL, 
	allowed_resolutions JSONB NOT NULL, 
	active BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_reasons PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_return_reasons__fault CHECK (fault IN ('customer', 'merchant', 'carrier', 'none'))
);
-- next
CREATE TABLE return_settings (
	"only" VARCHAR(4) NOT NULL, 
	choices JSONB NOT NULL, 
	gateway_url VARCHAR(2048), 
	charge_url VARCHAR(2048), 
	gateway_secret_sealed BYTEA, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_return_settings PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE return_timers (
	kind VARCHAR(40) NOT NULL, 
	subject_id UUID NOT NULL, 
	order_id UUID NOT NULL, 
	fired_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_return_timers PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE return_transitions (
	entity VARCHAR(20) NOT NULL, 
	entity_id UUID NOT NULL, 
	order_id UUID, 
	from_status VARCHAR(30), 
	to_status VARCHAR(30) NOT NULL, 
	verb VARCHAR(40) NOT NULL, 
	actor_type VARCHAR(12) NOT NULL, 
	actor_id VARCHAR(120) NOT NULL, 
	reason TEXT, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_return_transitions PRIMARY KEY (shop_id, id)
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
	pepper_mark BYTEA, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_shops PRIMARY KEY (id), 
	CONSTRAINT ck_shops__mode CHECK (mode IN ('live', 'sandbox'))
);
-- next
CREATE TABLE sla_policies (
	name VARCHAR(80) NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	current_version_id UUID NOT NULL, 
	current_number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_policies PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE sla_simulations (
	wish JSONB NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	total INTEGER NOT NULL, 
	as_of TIMESTAMP WITH TIME ZONE NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_simulations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_sla_simulations__status CHECK (status IN ('running', 'finished', 'canceled'))
);
-- next
CREATE TABLE suppressions (
	channel VARCHAR(20) NOT NULL, 
	address_hash BYTEA NOT NULL, 
	purpose VARCHAR(20) NOT NULL, 
	reason VARCHAR(20) NOT NULL, 
	note VARCHAR(255), 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_suppressions PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_suppressions__address UNIQUE (shop_id, channel, address_hash, purpose), 
	CONSTRAINT ck_suppressions__channel CHECK (channel IN ('email', 'sms', 'whatsapp', 'push', 'in_app')), 
	CONSTRAINT ck_suppressions__reason CHECK (reason IN ('hard_bounce', 'complaint', 'unsubscribed', 'manual'))
);
-- next
CREATE TABLE surveys (
	key VARCHAR(40) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	throttle_class VARCHAR(20) NOT NULL, 
	default_locale VARCHAR(35) NOT NULL, 
	one_click_mode VARCHAR(20) NOT NULL, 
	edit_window VARCHAR(41) NOT NULL, 
	answer_window VARCHAR(41) NOT NULL, 
	current_version_id UUID, 
	current_number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_surveys PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_surveys__kind CHECK (kind IN ('nps', 'csat', 'ces', 'custom')), 
	CONSTRAINT ck_surveys__status CHECK (status IN ('draft', 'active', 'paused', 'archived')), 
	CONSTRAINT ck_surveys__throttle_class CHECK (throttle_class IN ('relational', 'transactional', 'recovery')), 
	CONSTRAINT ck_surveys__one_click_mode CHECK (one_click_mode IN ('confirm', 'intent_counts'))
);
-- next
CREATE TABLE teams (
	name VARCHAR(80) NOT NULL, 
	strategy VARCHAR(20) NOT NULL, 
	skill_based BOOLEAN NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_teams PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_teams__strategy CHECK (strategy IN ('manual', 'round_robin', 'least_loaded'))
);
-- next
CREATE TABLE templates (
	key VARCHAR(60) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	klass VARCHAR(20) NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	current_version_id UUID, 
	current_number INTEGER, 
	latest_number INTEGER NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_templates PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_templates__key UNIQUE (shop_id, key), 
	CONSTRAINT ck_templates__klass CHECK (klass IN ('transactional', 'service', 'feedback', 'review', 'engagement', 'marketing')), 
	CONSTRAINT ck_templates__channel CHECK (channel IN ('email', 'sms', 'whatsapp', 'push', 'in_app')), 
	CONSTRAINT ck_templates__status CHECK (status IN ('draft', 'published', 'archived'))
);
-- next
CREATE TABLE waiting_scans (
	parcel_key TEXT NOT NULL, 
	event_key TEXT NOT NULL, 
	carrier TEXT, 
	event JSONB NOT NULL, 
	estimated_delivery_at TIMESTAMP WITH TIME ZONE, 
	is_test BOOLEAN DEFAULT false NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_waiting_scans PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE warranty_plans (
	code VARCHAR(60) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	duration INTEGER NOT NULL, 
	unit VARCHAR(6) NOT NULL, 
	anchor VARCHAR(12) NOT NULL, 
	burden_of_proof_months INTEGER NOT NULL, 
	covers JSONB NOT NULL, 
	excludes JSONB NOT NULL, 
	remedies JSONB NOT NULL, 
	country VARCHAR(2), 
	condition_sold VARCHAR(20), 
	categories JSONB NOT NULL, 
	skus JSONB NOT NULL, 
	transferable BOOLEAN NOT NULL, 
	deductible_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	auto_register BOOLEAN NOT NULL, 
	active BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_warranty_plans PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_warranty_plans__kind CHECK (kind IN ('legal', 'commercial', 'extended')), 
	CONSTRAINT ck_warranty_plans__duration CHECK (unit IN ('day', 'month', 'year') AND duration > 0), 
	CONSTRAINT ck_warranty_plans__anchor CHECK (anchor IN ('delivered', 'purchased', 'registered'))
);
-- next
CREATE TABLE warranty_settings (
	"only" VARCHAR(4) NOT NULL, 
	choices JSONB NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_warranty_settings PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE warranty_transitions (
	entity VARCHAR(20) NOT NULL, 
	entity_id UUID NOT NULL, 
	from_status VARCHAR(30), 
	to_status VARCHAR(30) NOT NULL, 
	verb VARCHAR(40) NOT NULL, 
	actor_type VARCHAR(12) NOT NULL, 
	actor_id VARCHAR(120) NOT NULL, 
	reason TEXT, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_warranty_transitions PRIMARY KEY (shop_id, id)
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
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
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
	CONSTRAINT pk_webhook_messages PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE workers (
	id UUID NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	beat_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	tally JSONB NOT NULL, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
-- next
CREATE TABLE agents (
	name VARCHAR(80) NOT NULL, 
	email VARCHAR(254), 
	external_id VARCHAR(255), 
	skills JSONB NOT NULL, 
	languages JSONB NOT NULL, 
	capacity INTEGER NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	status_since TIMESTAMP WITH TIME ZONE NOT NULL, 
	calendar_id UUID, 
	hourly_rate_minor BIGINT, 
	hourly_rate_currency VARCHAR(3), 
	is_technician BOOLEAN NOT NULL, 
	last_assigned_at TIMESTAMP WITH TIME ZONE, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_agents PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_agents__status CHECK (status IN ('online', 'away', 'offline'))
);
-- next
CREATE TABLE business_calendar_versions (
	calendar_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	weekly JSONB NOT NULL, 
	exceptions JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_business_calendar_versions PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE channel_accounts (
	channel VARCHAR(20) NOT NULL, 
	address VARCHAR(120) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	team_id UUID, 
	language VARCHAR(12), 
	active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_channel_accounts PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_channel_accounts__channel CHECK (channel IN ('email', 'web_form', 'chat', 'whatsapp', 'phone', 'sms', 'social', 'marketplace', 'api', 'survey', 'shop_event'))
);
-- next
CREATE TABLE consents (
	customer_id UUID NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	purpose VARCHAR(20) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	basis VARCHAR(80), 
	source VARCHAR(80) NOT NULL, 
	evidence JSONB NOT NULL, 
	actor VARCHAR(120) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_consents PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_consents__channel CHECK (channel IN ('email', 'sms', 'whatsapp', 'push', 'in_app')), 
	CONSTRAINT ck_consents__purpose CHECK (purpose IN ('transactional', 'service', 'feedback', 'review', 'marketing')), 
	CONSTRAINT ck_consents__state CHECK (state IN ('granted', 'denied', 'withdrawn'))
);
-- next
CREATE TABLE customer_identities (
	source VARCHAR(64) NOT NULL, 
	external_id VARCHAR(255) NOT NULL, 
	customer_id UUID NOT NULL, 
	is_alias BOOLEAN DEFAULT false NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_customer_identities PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE flow_versions (
	flow_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	definition JSONB NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	watches JSONB NOT NULL, 
	created_by VARCHAR(120) NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_flow_versions PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_flow_versions__number UNIQUE (shop_id, flow_id, number)
);
-- next
CREATE TABLE inbound_deliveries (
	connection_id UUID NOT NULL, 
	source VARCHAR(40) NOT NULL, 
	topic VARCHAR(100) NOT NULL, 
	resource VARCHAR(200), 
	dedupe_key VARCHAR(200) NOT NULL, 
	guard_key VARCHAR(200), 
	replay_key VARCHAR(200), 
	status VARCHAR(20) NOT NULL, 
	reason TEXT, 
	attempts SMALLINT NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	headers JSONB NOT NULL, 
	body BYTEA, 
	body_bytes INTEGER NOT NULL, 
	event_ids JSONB NOT NULL, 
	people JSONB NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	processed_at TIMESTAMP WITH TIME ZONE, 
	erased_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_inbound_deliveries PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_inbound_deliveries__status CHECK (status IN ('received', 'processed', 'ignored', 'stale', 'failed', 'needs_hydration'))
);
-- next
CREATE TABLE kb_articles (
	category_id UUID, 
	visibility VARCHAR(10) NOT NULL, 
	product_ids UUID[] NOT NULL, 
	tags JSONB NOT NULL, 
	helpful_count INTEGER NOT NULL, 
	unhelpful_count INTEGER NOT NULL, 
	clicks INTEGER NOT NULL, 
	clicks_with_case INTEGER NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kb_articles PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_kb_articles__visibility CHECK (visibility IN ('public', 'internal'))
);
-- next
CREATE TABLE orders (
	source VARCHAR(64) NOT NULL, 
	external_id TEXT NOT NULL, 
	connection_id UUID, 
	source_state VARCHAR(10) NOT NULL, 
	source_updated_at TIMESTAMP WITH TIME ZONE, 
	held_over JSONB DEFAULT '{}'::jsonb NOT NULL, 
	is_test BOOLEAN DEFAULT false NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	number TEXT, 
	number_key TEXT, 
	placed_at TIMESTAMP WITH TIME ZONE, 
	processed_at TIMESTAMP WITH TIME ZONE, 
	email TEXT, 
	email_key TEXT, 
	phone TEXT, 
	customer_id UUID, 
	locale TEXT, 
	currency VARCHAR(3), 
	presentment_currency TEXT, 
	subtotal_minor BIGINT, 
	discount_minor BIGINT, 
	shipping_minor BIGINT, 
	shipping_refunded_minor BIGINT DEFAULT 0 NOT NULL, 
	refunds_listed_at TIMESTAMP WITH TIME ZONE, 
	cheapest_standard_shipping_minor BIGINT, 
	tax_minor BIGINT, 
	taxes_included BOOLEAN DEFAULT false NOT NULL, 
	total_minor BIGINT, 
	current_total_said_minor BIGINT, 
	current_total_minor BIGINT, 
	financial_said VARCHAR(20), 
	financial_status VARCHAR(20) NOT NULL, 
	fulfilment_said VARCHAR(20), 
	fulfilment_status VARCHAR(20) NOT NULL, 
	delivery_status VARCHAR(20) NOT NULL, 
	raw_status TEXT, 
	cancelled_at TIMESTAMP WITH TIME ZONE, 
	cancel_reason TEXT, 
	latest_cancellation_at TIMESTAMP WITH TIME ZONE, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	deleted_seen_at TIMESTAMP WITH TIME ZONE, 
	restored_seen_at TIMESTAMP WITH TIME ZONE, 
	shipping_address JSONB, 
	shipping_country TEXT, 
	shipping_method TEXT, 
	order_status_url TEXT, 
	tags JSONB DEFAULT '[]'::jsonb NOT NULL, 
	extra JSONB DEFAULT '{}'::jsonb NOT NULL, 
	redacted_at TIMESTAMP WITH TIME ZONE, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_orders PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_orders__source_state CHECK (source_state IN ('stub', 'real')), 
	CONSTRAINT ck_orders__status CHECK (status IN ('open', 'cancelled', 'deleted')), 
	CONSTRAINT ck_orders__financial_status CHECK (financial_status IN ('pending', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'voided', 'expired', 'unknown')), 
	CONSTRAINT ck_orders__fulfilment_status CHECK (fulfilment_status IN ('unfulfilled', 'partial', 'fulfilled', 'restocked', 'unknown')), 
	CONSTRAINT ck_orders__delivery_status CHECK (delivery_status IN ('not_shipped', 'in_transit', 'partially_delivered', 'delivered')), 
	CONSTRAINT ck_orders__shipping_refunded CHECK (shipping_refunded_minor BETWEEN 0 AND coalesce(shipping_minor, 0))
);
-- next
CREATE TABLE privacy_requests (
	kind VARCHAR(20) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	request_external_id VARCHAR(255), 
	customer_id UUID, 
	customer_ids UUID[] NOT NULL, 
	order_ids UUID[] NOT NULL, 
	connection_id UUID, 
	addresses JSONB NOT NULL, 
	actor VARCHAR(120) NOT NULL, 
	cause_id UUID, 
	counts JSONB NOT NULL, 
	content BYTEA, 
	answer_due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	completed_at TIMESTAMP WITH TIME ZONE, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	erased_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_privacy_requests PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_privacy_requests__kind CHECK (kind IN ('export', 'erasure', 'source_erasure')), 
	CONSTRAINT ck_privacy_requests__status CHECK (status IN ('pending', 'completed', 'expired'))
);
-- next
CREATE TABLE run_refusals (
	flow_id UUID NOT NULL, 
	version_id UUID NOT NULL, 
	entity_type VARCHAR(40) NOT NULL, 
	entity_id UUID NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	event_id UUID NOT NULL, 
	reason VARCHAR(80) NOT NULL, 
	anchor_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_run_refusals PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE sla_policy_versions (
	policy_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	conditions JSONB NOT NULL, 
	targets JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_policy_versions PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE sla_simulation_changes (
	simulation_id UUID NOT NULL, 
	change JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_simulation_changes PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE sla_simulation_parts (
	simulation_id UUID NOT NULL, 
	since TIMESTAMP WITH TIME ZONE NOT NULL, 
	until TIMESTAMP WITH TIME ZONE NOT NULL, 
	after_at TIMESTAMP WITH TIME ZONE, 
	after_id UUID, 
	done INTEGER NOT NULL, 
	is_done BOOLEAN NOT NULL, 
	verdicts JSONB NOT NULL, 
	costs JSONB NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_simulation_parts PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE survey_versions (
	survey_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	definition JSONB NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	published_by VARCHAR(120) NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_versions PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE template_versions (
	template_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	sources JSONB NOT NULL, 
	ready JSONB NOT NULL, 
	created_by VARCHAR(120) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_template_versions PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_template_versions__number UNIQUE (shop_id, template_id, number)
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
	last_stamp BIGINT, 
	in_flight_until TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_webhook_deliveries PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_webhook_deliveries__status CHECK (status IN ('pending', 'delivered', 'failed', 'aborted')), 
	CONSTRAINT ck_webhook_deliveries__trigger CHECK (trigger IN ('scheduled', 'manual'))
);
-- next
CREATE TABLE change_requests (
	order_id UUID NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	requested_by VARCHAR(20) NOT NULL, 
	reason TEXT, 
	address JSONB, 
	items JSONB DEFAULT '[]'::jsonb NOT NULL, 
	answer TEXT, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_change_requests PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_change_requests__kind CHECK (kind IN ('cancel', 'change_address', 'change_items')), 
	CONSTRAINT ck_change_requests__status CHECK (status IN ('pending', 'accepted', 'rejected', 'completed', 'failed', 'withdrawn'))
);
-- next
CREATE TABLE delivery_claims (
	order_id UUID NOT NULL, 
	customer_id UUID, 
	order_line_id UUID, 
	shipment_id UUID, 
	quantity INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	description TEXT, 
	evidence JSONB NOT NULL, 
	liable VARCHAR(10), 
	resolution VARCHAR(20), 
	refund_id UUID, 
	carrier_claim_ref TEXT, 
	carrier_deadline_at TIMESTAMP WITH TIME ZONE, 
	recovered_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	rejection_reason TEXT, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_delivery_claims PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_delivery_claims__status CHECK (status IN ('submitted', 'needs_evidence', 'under_review', 'approved', 'rejected', 'resolving', 'resolved', 'cancelled', 'appealed')), 
	CONSTRAINT ck_delivery_claims__kind CHECK (kind IN ('lost', 'damaged', 'missing_item', 'wrong_item', 'late')), 
	CONSTRAINT ck_delivery_claims__liable CHECK (liable IN ('carrier', 'warehouse', 'vendor')), 
	CONSTRAINT ck_delivery_claims__recovered CHECK (recovered_minor >= 0 AND quantity > 0)
);
-- next
CREATE TABLE followup_runs (
	flow_id UUID NOT NULL, 
	version_id UUID NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	entity_type VARCHAR(40) NOT NULL, 
	entity_id UUID NOT NULL, 
	entity_key VARCHAR(80) NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	trigger_event_id UUID NOT NULL, 
	trigger_dedupe_key VARCHAR(64) NOT NULL, 
	anchor_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	step_id VARCHAR(60) NOT NULL, 
	counted_from TIMESTAMP WITH TIME ZONE NOT NULL, 
	planned_at TIMESTAMP WITH TIME ZONE, 
	awaits VARCHAR(80), 
	why TEXT NOT NULL, 
	reason VARCHAR(80), 
	zone VARCHAR(64) NOT NULL, 
	zone_source VARCHAR(20) NOT NULL, 
	context JSONB NOT NULL, 
	visits JSONB NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_followup_runs PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_followup_runs__trigger UNIQUE (shop_id, flow_id, entity_key, trigger_dedupe_key), 
	CONSTRAINT ck_followup_runs__status CHECK (status IN ('active', 'waiting', 'completed', 'goal_met', 'exited', 'failed', 'cancelled', 'expired'))
);
-- next
CREATE TABLE kb_article_translations (
	article_id UUID NOT NULL, 
	locale VARCHAR(12) NOT NULL, 
	title VARCHAR(255) NOT NULL, 
	body TEXT NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	cfg REGCONFIG NOT NULL, 
	search TSVECTOR GENERATED ALWAYS AS (setweight(to_tsvector(cfg, title), 'A') || setweight(to_tsvector(cfg, body), 'B') || setweight(to_tsvector(cfg, translate(lower(normalize(title, NFC)), 'áàâäãåéèêëíìîïóòôöõúùûüñç', 'aaaaaaeeeeiiiiooooouuuunc')), 'C') || setweight(to_tsvector(cfg, translate(lower(normalize(body, NFC)), 'áàâäãåéèêëíìîïóòôöõúùûüñç', 'aaaaaaeeeeiiiiooooouuuunc')), 'D')) STORED NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kb_article_translations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_kb_article_translations__status CHECK (status IN ('draft', 'published', 'archived'))
);
-- next
CREATE TABLE kb_feedback (
	article_id UUID NOT NULL, 
	locale VARCHAR(12) NOT NULL, 
	helpful BOOLEAN NOT NULL, 
	comment VARCHAR(2000), 
	visitor VARCHAR(120), 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kb_feedback PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE kb_searches (
	query VARCHAR(500) NOT NULL, 
	locale VARCHAR(12), 
	visitor VARCHAR(120), 
	customer_id UUID, 
	results INTEGER NOT NULL, 
	found_ids UUID[] NOT NULL, 
	clicked_article_id UUID, 
	clicked_at TIMESTAMP WITH TIME ZONE, 
	case_id UUID, 
	case_opened_at TIMESTAMP WITH TIME ZONE, 
	searched_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kb_searches PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE messages (
	template_id UUID NOT NULL, 
	template_version_id UUID, 
	template_key VARCHAR(60) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	klass VARCHAR(20) NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	subject_type VARCHAR(40), 
	subject_id UUID, 
	run_id UUID, 
	dedupe_key VARCHAR(255) NOT NULL, 
	occasion VARCHAR(120) NOT NULL, 
	once_per_order BOOLEAN NOT NULL, 
	needs_live_order BOOLEAN NOT NULL, 
	priority INTEGER NOT NULL, 
	wanted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ttl_seconds BIGINT, 
	throttle_class VARCHAR(20), 
	product_ids JSONB NOT NULL, 
	context JSONB, 
	status VARCHAR(20) NOT NULL, 
	reason VARCHAR(60), 
	decision_id UUID, 
	locale VARCHAR(35), 
	to_address VARCHAR(254), 
	to_name VARCHAR(120), 
	subject VARCHAR(500), 
	html TEXT, 
	text TEXT, 
	mail_id VARCHAR(255), 
	sender VARCHAR(40), 
	provider_message_id VARCHAR(255), 
	attempts INTEGER NOT NULL, 
	resend_of_id UUID, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	bounced_at TIMESTAMP WITH TIME ZONE, 
	hard_bounce BOOLEAN, 
	complained_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_messages PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_messages__dedupe_key UNIQUE (shop_id, dedupe_key), 
	CONSTRAINT ck_messages__klass CHECK (klass IN ('transactional', 'service', 'feedback', 'review', 'engagement', 'marketing')), 
	CONSTRAINT ck_messages__channel CHECK (channel IN ('email', 'sms', 'whatsapp', 'push', 'in_app')), 
	CONSTRAINT ck_messages__status CHECK (status IN ('scheduled', 'queued', 'deferred', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'dropped', 'delivery_unknown', 'cancelled'))
);
-- next
CREATE TABLE order_lines (
	order_id UUID NOT NULL, 
	external_id TEXT NOT NULL, 
	position INTEGER DEFAULT 0 NOT NULL, 
	title TEXT NOT NULL, 
	sku TEXT, 
	product_id UUID, 
	product_external_id TEXT, 
	variant_id TEXT, 
	product_category TEXT, 
	tags JSONB DEFAULT '[]'::jsonb NOT NULL, 
	quantity INTEGER NOT NULL, 
	current_quantity INTEGER, 
	requires_shipping BOOLEAN DEFAULT true NOT NULL, 
	is_removed BOOLEAN DEFAULT false NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	unit_price_minor BIGINT NOT NULL, 
	line_discount_said_minor BIGINT, 
	line_discount_minor BIGINT DEFAULT 0 NOT NULL, 
	net_said_minor BIGINT, 
	order_discount_alloc_minor BIGINT DEFAULT 0 NOT NULL, 
	tax_said_minor BIGINT, 
	tax_minor BIGINT DEFAULT 0 NOT NULL, 
	tax_included_said BOOLEAN, 
	tax_included BOOLEAN DEFAULT false NOT NULL, 
	paid_minor BIGINT DEFAULT 0 NOT NULL, 
	serials JSONB DEFAULT '[]'::jsonb NOT NULL, 
	is_final_sale BOOLEAN DEFAULT false NOT NULL, 
	withdrawal_exemption TEXT DEFAULT 'none' NOT NULL, 
	condition_sold TEXT DEFAULT 'new' NOT NULL, 
	fulfilled_qty INTEGER DEFAULT 0 NOT NULL, 
	delivered_qty INTEGER DEFAULT 0 NOT NULL, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	cancelled_qty INTEGER DEFAULT 0 NOT NULL, 
	policy_version_id UUID, 
	reserved_qty INTEGER DEFAULT 0 NOT NULL, 
	received_qty INTEGER DEFAULT 0 NOT NULL, 
	accepted_qty INTEGER DEFAULT 0 NOT NULL, 
	refunded_qty INTEGER DEFAULT 0 NOT NULL, 
	refunded_minor BIGINT DEFAULT 0 NOT NULL, 
	refunded_tax_minor BIGINT DEFAULT 0 NOT NULL, 
	goodwill_minor BIGINT DEFAULT 0 NOT NULL, 
	exchanged_qty INTEGER DEFAULT 0 NOT NULL, 
	exchanged_minor BIGINT DEFAULT 0 NOT NULL, 
	exchanged_tax_minor BIGINT DEFAULT 0 NOT NULL, 
	exchange_id UUID, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_order_lines PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_order_lines__reserved_qty CHECK (reserved_qty BETWEEN 0 AND fulfilled_qty), 
	CONSTRAINT ck_order_lines__sent_qty CHECK (fulfilled_qty >= 0 AND cancelled_qty BETWEEN 0 AND quantity - fulfilled_qty), 
	CONSTRAINT ck_order_lines__refunded_qty CHECK (refunded_qty BETWEEN 0 AND fulfilled_qty + cancelled_qty), 
	CONSTRAINT ck_order_lines__accepted_qty CHECK (received_qty >= 0 AND accepted_qty BETWEEN 0 AND received_qty), 
	CONSTRAINT ck_order_lines__refunded_minor CHECK (least(refunded_minor, goodwill_minor, exchanged_minor) >= 0 AND refunded_minor + goodwill_minor + exchanged_minor <= paid_minor)
);
-- next
CREATE TABLE order_moments (
	order_id UUID NOT NULL, 
	key TEXT NOT NULL, 
	event_id UUID NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_order_moments PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE order_payments (
	order_id UUID NOT NULL, 
	external_id TEXT NOT NULL, 
	method TEXT NOT NULL, 
	status TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	captured_minor BIGINT DEFAULT 0 NOT NULL, 
	refund_reserved_minor BIGINT DEFAULT 0 NOT NULL, 
	refunded_minor BIGINT DEFAULT 0 NOT NULL, 
	processed_at TIMESTAMP WITH TIME ZONE, 
	is_implied BOOLEAN DEFAULT false NOT NULL, 
	exchange_id UUID, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_order_payments PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_order_payments__refunded CHECK (refund_reserved_minor >= 0 AND refunded_minor >= 0 AND refunded_minor + refund_reserved_minor <= captured_minor)
);
-- next
CREATE TABLE order_refunds (
	order_id UUID NOT NULL, 
	external_id TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	reason TEXT, 
	note TEXT, 
	processed_at TIMESTAMP WITH TIME ZONE, 
	lines JSONB DEFAULT '[]'::jsonb NOT NULL, 
	source_updated_at TIMESTAMP WITH TIME ZONE, 
	held_over JSONB DEFAULT '{}'::jsonb NOT NULL, 
	own_refund_id UUID, 
	listed_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_order_refunds PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_order_refunds__status CHECK (status IN ('pending', 'succeeded', 'failed'))
);
-- next
CREATE TABLE platform_cases (
	source VARCHAR(64) NOT NULL, 
	kind TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	order_id UUID, 
	raw_status TEXT, 
	amount_minor BIGINT, 
	currency VARCHAR(3), 
	reason TEXT, 
	evidence_due_at TIMESTAMP WITH TIME ZONE, 
	details JSONB DEFAULT '{}'::jsonb NOT NULL, 
	source_updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	is_test BOOLEAN DEFAULT false NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_platform_cases PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE return_portal_links (
	token_hash BYTEA NOT NULL, 
	order_id UUID NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	purpose VARCHAR(20) NOT NULL, 
	is_gift BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_portal_links PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE returns (
	rma_number VARCHAR(80) NOT NULL, 
	order_id UUID NOT NULL, 
	customer_id UUID, 
	channel VARCHAR(20) NOT NULL, 
	legal_basis VARCHAR(30) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	shipping_status VARCHAR(20) NOT NULL, 
	receipt_status VARCHAR(20) NOT NULL, 
	refund_status VARCHAR(20) NOT NULL, 
	method VARCHAR(20) NOT NULL, 
	location_id VARCHAR(80), 
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	completed_at TIMESTAMP WITH TIME ZONE, 
	declined_reason_code VARCHAR(60), 
	decline_note TEXT, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	dispatched_at TIMESTAMP WITH TIME ZONE, 
	received_at TIMESTAMP WITH TIME ZONE, 
	refund_due_at TIMESTAMP WITH TIME ZONE, 
	refund_due_withheld BOOLEAN NOT NULL, 
	refund_timing VARCHAR(20) NOT NULL, 
	auto_refund BOOLEAN NOT NULL, 
	requires_return BOOLEAN NOT NULL, 
	return_shipping_payer VARCHAR(10) NOT NULL, 
	is_gift_return BOOLEAN NOT NULL, 
	recipient_customer_id UUID, 
	policy_version_id UUID, 
	pack_version VARCHAR(40), 
	policy_evaluation JSONB NOT NULL, 
	quoted_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	note TEXT, 
	case_id UUID, 
	external_refs JSONB NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_returns PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_returns__channel CHECK (channel IN ('portal', 'agent', 'api', 'webhook', 'withdrawal_form')), 
	CONSTRAINT ck_returns__legal_basis CHECK (legal_basis IN ('statutory_withdrawal', 'legal_conformity', 'commercial_warranty', 'goodwill')), 
	CONSTRAINT ck_returns__status CHECK (status IN ('requested', 'needs_info', 'approved', 'declined', 'cancelled', 'expired', 'completed')), 
	CONSTRAINT ck_returns__shipping_status CHECK (shipping_status IN ('not_required', 'awaiting_label', 'label_created', 'in_transit', 'exception', 'lost', 'delivered')), 
	CONSTRAINT ck_returns__receipt_status CHECK (receipt_status IN ('not_required', 'pending', 'partial', 'received')), 
	CONSTRAINT ck_returns__refund_status CHECK (refund_status IN ('none', 'pending', 'partial', 'refunded', 'failed')), 
	CONSTRAINT ck_returns__refund_timing CHECK (refund_timing IN ('on_approval', 'on_first_scan', 'on_receipt', 'on_inspection')), 
	CONSTRAINT ck_returns__return_shipping_payer CHECK (return_shipping_payer IN ('customer', 'merchant'))
);
-- next
CREATE TABLE shipments (
	order_id UUID NOT NULL, 
	external_id TEXT NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	source_updated_at TIMESTAMP WITH TIME ZONE, 
	held_over JSONB DEFAULT '{}'::jsonb NOT NULL, 
	carrier TEXT, 
	tracking_numbers JSONB DEFAULT '[]'::jsonb NOT NULL, 
	tracking_urls JSONB DEFAULT '[]'::jsonb NOT NULL, 
	shipped_at TIMESTAMP WITH TIME ZONE, 
	estimated_delivery_at TIMESTAMP WITH TIME ZONE, 
	tracked_eta TIMESTAMP WITH TIME ZONE, 
	tracked_eta_at TIMESTAMP WITH TIME ZONE, 
	lines JSONB DEFAULT '[]'::jsonb NOT NULL, 
	is_cancelled BOOLEAN DEFAULT false NOT NULL, 
	said_status VARCHAR(30), 
	said_status_at TIMESTAMP WITH TIME ZONE, 
	said_steps JSONB DEFAULT '{}'::jsonb NOT NULL, 
	raw_status TEXT, 
	status VARCHAR(30) NOT NULL, 
	status_at TIMESTAMP WITH TIME ZONE, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	exception_reason TEXT, 
	is_delayed BOOLEAN DEFAULT false NOT NULL, 
	is_test BOOLEAN DEFAULT false NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_shipments PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_shipments__status CHECK (status IN ('unknown', 'expired', 'label_created', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'exception', 'cancelled', 'delivered', 'returning', 'returned'))
);
-- next
CREATE TABLE survey_invitations (
	survey_id UUID NOT NULL, 
	version_id UUID NOT NULL, 
	customer_id UUID NOT NULL, 
	order_id UUID, 
	subject_type VARCHAR(20) NOT NULL, 
	subject_id UUID NOT NULL, 
	wave INTEGER NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	locale VARCHAR(35) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	token_kid VARCHAR(40) NOT NULL, 
	token_hash BYTEA NOT NULL, 
	token_sealed BYTEA NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	suppress_reason VARCHAR(40), 
	revoke_reason VARCHAR(40), 
	experiment_arm VARCHAR(40), 
	flow_run_id UUID, 
	sends INTEGER NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	opened_at TIMESTAMP WITH TIME ZONE, 
	started_at TIMESTAMP WITH TIME ZONE, 
	completed_at TIMESTAMP WITH TIME ZONE, 
	suppressed_at TIMESTAMP WITH TIME ZONE, 
	expired_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	sent_before_cancel_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_invitations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_survey_invitations__status CHECK (status IN ('scheduled', 'sent', 'delivered', 'opened', 'started', 'completed', 'suppressed', 'expired', 'revoked')), 
	CONSTRAINT ck_survey_invitations__subject_type CHECK (subject_type IN ('order', 'case', 'return', 'shipment', 'customer')), 
	CONSTRAINT ck_survey_invitations__channel CHECK (channel IN ('email', 'sms', 'push', 'whatsapp', 'in_app', 'link'))
);
-- next
CREATE TABLE team_members (
	team_id UUID NOT NULL, 
	agent_id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_team_members PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE warranty_registrations (
	order_id UUID, 
	order_line_id UUID, 
	unit_number INTEGER NOT NULL, 
	customer_id UUID, 
	product_title TEXT NOT NULL, 
	sku TEXT, 
	serial VARCHAR(120), 
	plan_id UUID, 
	plan_key VARCHAR(80) NOT NULL, 
	plan JSONB NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	anchor_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	zone VARCHAR(64) NOT NULL, 
	extension_months INTEGER NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	suspensions JSONB NOT NULL, 
	void_reason TEXT, 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_warranty_registrations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_warranty_registrations__status CHECK (status IN ('pending', 'active', 'suspended', 'expired', 'void'))
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
	CONSTRAINT ck_webhook_attempts__status CHECK (status IN ('succeeded', 'failed', 'blocked')), 
	CONSTRAINT ck_webhook_attempts__trigger CHECK (trigger IN ('scheduled', 'manual'))
);
-- next
CREATE TABLE withdrawal_evidence (
	order_id UUID NOT NULL, 
	return_id UUID, 
	kind VARCHAR(40) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	content JSONB NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	source_event_id UUID, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_withdrawal_evidence PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE cases (
	number INTEGER NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	status_reason VARCHAR(500), 
	status_before_merge VARCHAR(20), 
	status_since TIMESTAMP WITH TIME ZONE NOT NULL, 
	priority VARCHAR(20) NOT NULL, 
	type VARCHAR(20) NOT NULL, 
	category_id UUID, 
	resolution_code VARCHAR(80), 
	channel_origin VARCHAR(20) NOT NULL, 
	initiator VARCHAR(20) NOT NULL, 
	customer_id UUID, 
	order_id UUID, 
	order_line_ids UUID[] NOT NULL, 
	product_id UUID, 
	shipment_id UUID, 
	return_id UUID, 
	survey_response_id UUID, 
	team_id UUID, 
	assignee_id UUID, 
	language VARCHAR(12) NOT NULL, 
	tags JSONB NOT NULL, 
	required_skills JSONB NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	first_contact_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	first_agent_reply_at TIMESTAMP WITH TIME ZONE, 
	first_resolved_at TIMESTAMP WITH TIME ZONE, 
	last_resolved_at TIMESTAMP WITH TIME ZONE, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	pending_until TIMESTAMP WITH TIME ZONE, 
	on_hold_until TIMESTAMP WITH TIME ZONE, 
	reopen_count INTEGER NOT NULL, 
	transfer_count INTEGER DEFAULT '0' NOT NULL, 
	pending_count INTEGER DEFAULT '0' NOT NULL, 
	on_hold_count INTEGER DEFAULT '0' NOT NULL, 
	merged_into_id UUID, 
	follow_up_of_id UUID, 
	split_from_id UUID, 
	is_spam BOOLEAN NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	due_next_at TIMESTAMP WITH TIME ZONE, 
	sla JSONB NOT NULL, 
	thread_token VARCHAR(40) NOT NULL, 
	last_customer_message_at TIMESTAMP WITH TIME ZONE, 
	last_reply_at TIMESTAMP WITH TIME ZONE, 
	in_queue_since TIMESTAMP WITH TIME ZONE, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_cases PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_cases__status CHECK (status IN ('new', 'open', 'pending', 'on_hold', 'resolved', 'closed', 'merged', 'spam')), 
	CONSTRAINT ck_cases__priority CHECK (priority IN ('low', 'normal', 'high', 'urgent')), 
	CONSTRAINT ck_cases__type CHECK (type IN ('question', 'problem', 'complaint', 'return', 'warranty_claim', 'repair', 'refund', 'delivery')), 
	CONSTRAINT ck_cases__channel_origin CHECK (channel_origin IN ('email', 'web_form', 'chat', 'whatsapp', 'phone', 'sms', 'social', 'marketplace', 'api', 'survey', 'shop_event')), 
	CONSTRAINT ck_cases__initiator CHECK (initiator IN ('customer', 'agent', 'system'))
);
-- next
CREATE TABLE contact_decisions (
	message_id UUID NOT NULL, 
	customer_id UUID NOT NULL, 
	order_id UUID, 
	template_key VARCHAR(60) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	klass VARCHAR(20) NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	verdict VARCHAR(10) NOT NULL, 
	rule_id VARCHAR(60), 
	reason VARCHAR(40), 
	defer_until TIMESTAMP WITH TIME ZONE, 
	next_eligible_at TIMESTAMP WITH TIME ZONE, 
	blocked_by JSONB NOT NULL, 
	policy_version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_contact_decisions PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_contact_decisions__verdict CHECK (verdict IN ('send', 'defer', 'drop'))
);
-- next
CREATE TABLE exchanges (
	order_id UUID NOT NULL, 
	return_id UUID NOT NULL, 
	customer_id UUID, 
	kind VARCHAR(8) NOT NULL, 
	mode VARCHAR(10) NOT NULL, 
	status VARCHAR(24) NOT NULL, 
	price_basis VARCHAR(12) NOT NULL, 
	items JSONB NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	credit_minor BIGINT NOT NULL, 
	difference_minor BIGINT NOT NULL, 
	payment_url VARCHAR(2048), 
	payment_reference TEXT, 
	hold_ref TEXT, 
	hold_minor BIGINT, 
	hold_released_at TIMESTAMP WITH TIME ZONE, 
	payment_method_ref TEXT, 
	charged_at TIMESTAMP WITH TIME ZONE, 
	charge_key UUID, 
	charge_attempts INTEGER NOT NULL, 
	charge_failure VARCHAR(80), 
	return_deadline TIMESTAMP WITH TIME ZONE, 
	replacement_order_ref TEXT, 
	tracking_number VARCHAR(255), 
	shipped_at TIMESTAMP WITH TIME ZONE, 
	completed_at TIMESTAMP WITH TIME ZONE, 
	refund_id UUID, 
	replacement_line_ids JSONB NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_exchanges PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_exchanges__kind CHECK (kind IN ('even', 'uneven')), 
	CONSTRAINT ck_exchanges__mode CHECK (mode IN ('standard', 'advance')), 
	CONSTRAINT ck_exchanges__status CHECK (status IN ('requested', 'approved', 'awaiting_return', 'awaiting_payment', 'ready', 'replacement_ordered', 'shipped', 'completed', 'cancelled', 'converted_to_refund', 'return_overdue', 'charged', 'waived')), 
	CONSTRAINT ck_exchanges__price_basis CHECK (price_basis IN ('price_paid', 'current'))
);
-- next
CREATE TABLE message_attempts (
	message_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	sender VARCHAR(40), 
	outcome VARCHAR(20) NOT NULL, 
	code VARCHAR(60), 
	detail VARCHAR(500), 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_message_attempts PRIMARY KEY (shop_id, id), 
	CONSTRAINT uq_message_attempts__number UNIQUE (shop_id, message_id, number), 
	CONSTRAINT ck_message_attempts__outcome CHECK (outcome IN ('started', 'sent', 'later', 'never', 'unknown'))
);
-- next
CREATE TABLE parcel_keys (
	parcel_key TEXT NOT NULL, 
	shipment_id UUID NOT NULL, 
	order_id UUID NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_parcel_keys PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE refunds (
	order_id UUID NOT NULL, 
	return_id UUID, 
	customer_id UUID, 
	kind VARCHAR(24) NOT NULL, 
	mode VARCHAR(16) NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	tax_minor BIGINT NOT NULL, 
	shipping_minor BIGINT NOT NULL, 
	fees_minor BIGINT NOT NULL, 
	order_refunded_before_minor BIGINT NOT NULL, 
	method VARCHAR(24) NOT NULL, 
	external_id TEXT, 
	reverses_id UUID, 
	cause_ref VARCHAR(60), 
	reason TEXT, 
	failure_code VARCHAR(80), 
	reference TEXT, 
	attempts INTEGER NOT NULL, 
	attempt_at TIMESTAMP WITH TIME ZONE, 
	is_outcome_unknown BOOLEAN NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	actor VARCHAR(120) NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_refunds PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_refunds__kind CHECK (kind IN ('return', 'withdrawal', 'cancellation', 'shipping', 'price_reduction', 'goodwill', 'platform', 'reversal', 'exchange_difference')), 
	CONSTRAINT ck_refunds__mode CHECK (mode IN ('gateway', 'manual', 'platform', 'store_credit')), 
	CONSTRAINT ck_refunds__status CHECK (status IN ('pending', 'processing', 'succeeded', 'failed', 'cancelled')), 
	CONSTRAINT ck_refunds__amounts CHECK (amount_minor >= 0 AND tax_minor >= 0 AND shipping_minor >= 0 AND fees_minor >= 0)
);
-- next
CREATE TABLE return_items (
	return_id UUID NOT NULL, 
	order_line_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	quantity INTEGER NOT NULL, 
	reason_code VARCHAR(60) NOT NULL, 
	fault VARCHAR(10) NOT NULL, 
	legal_basis VARCHAR(30) NOT NULL, 
	customer_note TEXT, 
	photos JSONB NOT NULL, 
	serials JSONB NOT NULL, 
	requested_resolution VARCHAR(20) NOT NULL, 
	effect JSONB NOT NULL, 
	received_qty INTEGER NOT NULL, 
	missing_qty INTEGER NOT NULL, 
	accepted_qty INTEGER NOT NULL, 
	rejected_qty INTEGER NOT NULL, 
	sent_back_qty INTEGER NOT NULL, 
	refunded_qty INTEGER NOT NULL, 
	exchanged_qty INTEGER NOT NULL, 
	released_qty INTEGER NOT NULL, 
	unshipped_qty INTEGER NOT NULL, 
	diminished_minor BIGINT NOT NULL, 
	diminished_taken_minor BIGINT NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_return_items PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_return_items__quantity CHECK (quantity > 0 AND received_qty >= 0 AND missing_qty >= 0), 
	CONSTRAINT ck_return_items__received CHECK (received_qty + missing_qty <= quantity), 
	CONSTRAINT ck_return_items__inspected CHECK (accepted_qty >= 0 AND rejected_qty >= 0 AND accepted_qty + rejected_qty <= received_qty), 
	CONSTRAINT ck_return_items__settled CHECK (refunded_qty >= 0 AND exchanged_qty >= 0 AND refunded_qty + exchanged_qty <= quantity)
);
-- next
CREATE TABLE return_receipts (
	return_id UUID NOT NULL, 
	external_id VARCHAR(255) NOT NULL, 
	location_id VARCHAR(80), 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	received_by VARCHAR(120) NOT NULL, 
	items JSONB NOT NULL, 
	unexpected_items JSONB NOT NULL, 
	note TEXT, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_receipts PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE return_shipments (
	return_id UUID NOT NULL, 
	carrier VARCHAR(80), 
	tracking_number VARCHAR(255), 
	tracking_key VARCHAR(255), 
	label_url VARCHAR(2048), 
	label_cost_minor BIGINT, 
	currency VARCHAR(3) NOT NULL, 
	qr TEXT, 
	paid_by VARCHAR(10) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	first_scan_at TIMESTAMP WITH TIME ZONE, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	proof_of_dispatch VARCHAR(24), 
	proof_file VARCHAR(2048), 
	scans JSONB NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_shipments PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_return_shipments__status CHECK (status IN ('not_required', 'awaiting_label', 'label_created', 'in_transit', 'exception', 'lost', 'delivered'))
);
-- next
CREATE TABLE run_steps (
	run_id UUID NOT NULL, 
	step_id VARCHAR(60) NOT NULL, 
	visit INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	verdict VARCHAR(80) NOT NULL, 
	why TEXT NOT NULL, 
	inputs JSONB NOT NULL, 
	planned_at TIMESTAMP WITH TIME ZONE, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_run_steps PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE survey_invitation_messages (
	invitation_id UUID NOT NULL, 
	message_id UUID NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_invitation_messages PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE survey_rating_intents (
	invitation_id UUID NOT NULL, 
	question_id VARCHAR(40), 
	value SMALLINT, 
	user_agent VARCHAR(255), 
	ip_hash BYTEA, 
	is_trap BOOLEAN NOT NULL, 
	automated BOOLEAN NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_rating_intents PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE survey_responses (
	invitation_id UUID NOT NULL, 
	survey_id UUID NOT NULL, 
	version_id UUID NOT NULL, 
	customer_id UUID NOT NULL, 
	order_id UUID, 
	status VARCHAR(10) NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	completed_at TIMESTAMP WITH TIME ZONE, 
	editable_until TIMESTAMP WITH TIME ZONE, 
	locale VARCHAR(35) NOT NULL, 
	source VARCHAR(20) NOT NULL, 
	ip_hash BYTEA, 
	measure VARCHAR(10), 
	score SMALLINT, 
	is_low BOOLEAN, 
	sent_before_cancel BOOLEAN NOT NULL, 
	discarded_at TIMESTAMP WITH TIME ZONE, 
	discard_reason VARCHAR(40), 
	edits INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_responses PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_survey_responses__status CHECK (status IN ('partial', 'complete', 'discarded'))
);
-- next
CREATE TABLE tracking_events (
	shipment_id UUID NOT NULL, 
	event_key TEXT NOT NULL, 
	external_id TEXT, 
	status VARCHAR(30) NOT NULL, 
	raw_status TEXT, 
	message TEXT, 
	exception_reason TEXT, 
	is_delayed BOOLEAN DEFAULT false NOT NULL, 
	is_test BOOLEAN DEFAULT false NOT NULL, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	city TEXT, 
	region TEXT, 
	postal_code TEXT, 
	country TEXT, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_tracking_events PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_tracking_events__status CHECK (status IN ('unknown', 'expired', 'label_created', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'exception', 'cancelled', 'delivered', 'returning', 'returned'))
);
-- next
CREATE TABLE warranty_claims (
	registration_id UUID NOT NULL, 
	order_id UUID, 
	customer_id UUID, 
	status VARCHAR(20) NOT NULL, 
	defect_code VARCHAR(80) NOT NULL, 
	description TEXT, 
	evidence JSONB NOT NULL, 
	faulty_serial VARCHAR(120), 
	replacement_serial VARCHAR(120), 
	requested_remedy VARCHAR(20), 
	remedy VARCHAR(20), 
	burden VARCHAR(10) NOT NULL, 
	covered BOOLEAN NOT NULL, 
	recurring_defect BOOLEAN NOT NULL, 
	evaluation JSONB NOT NULL, 
	rejection_reason TEXT, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	item_received_at TIMESTAMP WITH TIME ZONE, 
	completed_at TIMESTAMP WITH TIME ZONE, 
	amount_minor BIGINT, 
	currency VARCHAR(3), 
	refund_id UUID, 
	unit_key VARCHAR(160) NOT NULL, 
	is_test BOOLEAN NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_warranty_claims PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_warranty_claims__status CHECK (status IN ('submitted', 'eligibility_checked', 'needs_info', 'approved', 'rejected', 'awaiting_item', 'item_received', 'diagnosing', 'repairing', 'replacing', 'refunding', 'price_reduction', 'completed', 'cancelled'))
);
-- next
CREATE TABLE withdrawals (
	order_id UUID NOT NULL, 
	customer_id UUID, 
	return_id UUID, 
	lines JSONB NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	email VARCHAR(254) NOT NULL, 
	locale VARCHAR(12) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	declared_at TIMESTAMP WITH TIME ZONE, 
	window_deadline_at TIMESTAMP WITH TIME ZONE, 
	pack_version VARCHAR(40) NOT NULL, 
	quote JSONB NOT NULL, 
	ack_message_id UUID, 
	ack_content TEXT, 
	ack_content_hash VARCHAR(64), 
	ack_at TIMESTAMP WITH TIME ZONE, 
	source VARCHAR(20) NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_withdrawals PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_withdrawals__status CHECK (status IN ('draft', 'declared', 'refused'))
);
-- next
CREATE TABLE case_assignments (
	case_id UUID NOT NULL, 
	team_id UUID, 
	agent_id UUID, 
	since TIMESTAMP WITH TIME ZONE NOT NULL, 
	until TIMESTAMP WITH TIME ZONE, 
	reason VARCHAR(80) NOT NULL, 
	by VARCHAR(120) NOT NULL, 
	explanation JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_assignments PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_automation_runs (
	automation_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	occasion VARCHAR(120) NOT NULL, 
	run_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	detail JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_automation_runs PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_counted (
	customer_id UUID, 
	first_contact_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	first_resolved_at TIMESTAMP WITH TIME ZONE, 
	stale_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_counted PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_events (
	case_id UUID NOT NULL, 
	type VARCHAR(40) NOT NULL, 
	actor VARCHAR(120) NOT NULL, 
	before JSONB NOT NULL, 
	after JSONB NOT NULL, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	correlation_id UUID, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_events PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_links (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	other_case_id UUID NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_links PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_case_links__kind CHECK (kind IN ('duplicate_of', 'related', 'caused_by', 'follow_up_of', 'parent', 'child'))
);
-- next
CREATE TABLE case_messages (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	author_type VARCHAR(20) NOT NULL, 
	author_name VARCHAR(255), 
	agent_id UUID, 
	participant_role VARCHAR(20), 
	channel VARCHAR(20) NOT NULL, 
	channel_account VARCHAR(120) NOT NULL, 
	external_id VARCHAR(500), 
	in_reply_to VARCHAR(500), 
	body TEXT NOT NULL, 
	body_html TEXT, 
	quoted_text TEXT, 
	attachments JSONB NOT NULL, 
	is_thanks BOOLEAN NOT NULL, 
	sentiment INTEGER, 
	sent_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	delivery_status VARCHAR(20) NOT NULL, 
	delivery_ref UUID, 
	redacted_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_messages PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_case_messages__kind CHECK (kind IN ('public_reply', 'internal_note', 'customer_message', 'system')), 
	CONSTRAINT ck_case_messages__author_type CHECK (author_type IN ('agent', 'customer', 'automation', 'bot', 'system')), 
	CONSTRAINT ck_case_messages__channel CHECK (channel IN ('email', 'web_form', 'chat', 'whatsapp', 'phone', 'sms', 'social', 'marketplace', 'api', 'survey', 'shop_event'))
);
-- next
CREATE TABLE case_openings (
	dedupe_key VARCHAR(255) NOT NULL, 
	case_id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_openings PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_participants (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	name VARCHAR(255), 
	email VARCHAR(254), 
	phone VARCHAR(32), 
	customer_id UUID, 
	agent_id UUID, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_participants PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_case_participants__role CHECK (role IN ('requester', 'cc', 'follower', 'third_party'))
);
-- next
CREATE TABLE case_time_entries (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	agent_id UUID, 
	minutes INTEGER NOT NULL, 
	activity_type VARCHAR(80) NOT NULL, 
	billable BOOLEAN NOT NULL, 
	rate_minor BIGINT, 
	rate_currency VARCHAR(3), 
	worked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	note VARCHAR(500), 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_time_entries PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_timers (
	due_at TIMESTAMP WITH TIME ZONE, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_timers PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE escalations (
	rule_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	occasion VARCHAR(120) NOT NULL, 
	caused_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	fire_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	fired_at TIMESTAMP WITH TIME ZONE, 
	outcome VARCHAR(20) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_escalations PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE field_visits (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	repair_id UUID, 
	number INTEGER NOT NULL, 
	technician_id UUID, 
	window_from TIMESTAMP WITH TIME ZONE NOT NULL, 
	window_to TIMESTAMP WITH TIME ZONE NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	outcome VARCHAR(20), 
	report TEXT, 
	form_ref VARCHAR(255), 
	form_fields JSONB, 
	media JSONB NOT NULL, 
	travel_minutes INTEGER, 
	on_site_minutes INTEGER, 
	parts_used JSONB NOT NULL, 
	parts_needed JSONB NOT NULL, 
	next_visit_id UUID, 
	no_next_visit_reason VARCHAR(500), 
	completed_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_field_visits PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_field_visits__status CHECK (status IN ('planned', 'en_route', 'on_site', 'completed', 'no_access', 'canceled')), 
	CONSTRAINT ck_field_visits__outcome CHECK (outcome IN ('fixed', 'part_needed', 'not_repairable', 'no_fault'))
);
-- next
CREATE TABLE internal_feedback (
	subject VARCHAR(20) NOT NULL, 
	article_id UUID, 
	policy_id UUID, 
	agent_id UUID, 
	case_id UUID, 
	kind VARCHAR(20) NOT NULL, 
	comment TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	answer TEXT, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_internal_feedback PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_internal_feedback__subject CHECK (subject IN ('article', 'sla_policy', 'return_policy', 'contact_policy')), 
	CONSTRAINT ck_internal_feedback__kind CHECK (kind IN ('wrong', 'outdated', 'unclear', 'missing', 'idea', 'praise')), 
	CONSTRAINT ck_internal_feedback__status CHECK (status IN ('new', 'accepted', 'done', 'rejected'))
);
-- next
CREATE TABLE refund_allocations (
	refund_id UUID NOT NULL, 
	payment_id UUID NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_refund_allocations PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_refund_allocations__amount CHECK (amount_minor > 0)
);
-- next
CREATE TABLE refund_lines (
	refund_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	order_line_id UUID, 
	return_item_id UUID, 
	quantity INTEGER NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	tax_minor BIGINT NOT NULL, 
	fee_kind VARCHAR(20), 
	rule_id VARCHAR(80), 
	detail JSONB NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_refund_lines PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_refund_lines__type CHECK (type IN ('item', 'shipping', 'fee', 'price_reduction', 'goodwill'))
);
-- next
CREATE TABLE return_inspections (
	return_id UUID NOT NULL, 
	return_item_id UUID NOT NULL, 
	quantity INTEGER NOT NULL, 
	grade VARCHAR(1) NOT NULL, 
	outcome VARCHAR(24) NOT NULL, 
	diminished_value_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	evidence JSONB NOT NULL, 
	note TEXT, 
	disposition VARCHAR(24) NOT NULL, 
	location_id VARCHAR(80), 
	inspected_by VARCHAR(120) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_inspections PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_return_inspections__quantity CHECK (quantity > 0 AND diminished_value_minor >= 0)
);
-- next
CREATE TABLE return_resolutions (
	return_id UUID NOT NULL, 
	return_item_id UUID NOT NULL, 
	type VARCHAR(20) NOT NULL, 
	quantity INTEGER NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	tax_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	refund_id UUID, 
	exchange_id UUID, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_resolutions PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE sla_clocks (
	case_id UUID NOT NULL, 
	target VARCHAR(20) NOT NULL, 
	instance_no INTEGER NOT NULL, 
	policy_version_id UUID, 
	calendar_version_id UUID, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	target_seconds INTEGER NOT NULL, 
	at_risk_at TIMESTAMP WITH TIME ZONE, 
	due_at TIMESTAMP WITH TIME ZONE, 
	paused_since TIMESTAMP WITH TIME ZONE, 
	stopped_at TIMESTAMP WITH TIME ZONE, 
	canceled_at TIMESTAMP WITH TIME ZONE, 
	breached_at TIMESTAMP WITH TIME ZONE, 
	elapsed_seconds INTEGER NOT NULL, 
	paused_seconds INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	breach_cause VARCHAR(20), 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_clocks PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_sla_clocks__target CHECK (target IN ('first_response', 'next_response', 'resolution', 'first_resolution')), 
	CONSTRAINT ck_sla_clocks__state CHECK (state IN ('running', 'paused', 'met', 'breached', 'canceled'))
);
-- next
CREATE TABLE survey_answers (
	response_id UUID NOT NULL, 
	question_id VARCHAR(40) NOT NULL, 
	measure VARCHAR(10), 
	value_num SMALLINT, 
	value_text TEXT, 
	value_choice_ids JSONB NOT NULL, 
	skipped BOOLEAN NOT NULL, 
	revision INTEGER NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	edited_at TIMESTAMP WITH TIME ZONE, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_answers PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_attachments (
	case_id UUID, 
	origin_case_id UUID, 
	message_id UUID, 
	name VARCHAR(255) NOT NULL, 
	media_type VARCHAR(80) NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	content BYTEA, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_attachments PRIMARY KEY (shop_id, id)
);
-- next
CREATE TABLE case_cost_entries (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	visit_id UUID, 
	kind VARCHAR(20) NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	quantity INTEGER NOT NULL, 
	unit_cost_minor BIGINT NOT NULL, 
	exact_numerator BIGINT NOT NULL, 
	note VARCHAR(500), 
	spent_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_case_cost_entries PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_case_cost_entries__kind CHECK (kind IN ('labour', 'travel', 'part', 'carrier', 'refund_fee', 'goodwill', 'other', 'refund'))
);
-- next
CREATE TABLE quality_reviews (
	case_id UUID NOT NULL, 
	origin_case_id UUID NOT NULL, 
	message_id UUID, 
	agent_id UUID NOT NULL, 
	reviewer_id UUID, 
	scorecard_id UUID NOT NULL, 
	criteria JSONB NOT NULL, 
	scores JSONB NOT NULL, 
	comment TEXT, 
	agent_comment TEXT, 
	status VARCHAR(20) NOT NULL, 
	version INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_quality_reviews PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_quality_reviews__status CHECK (status IN ('given', 'acknowledged', 'disputed', 'settled'))
);
-- next
CREATE TABLE sla_events (
	clock_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	type VARCHAR(20) NOT NULL, 
	cause VARCHAR(20), 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sla_events PRIMARY KEY (shop_id, id), 
	CONSTRAINT ck_sla_events__type CHECK (type IN ('activated', 'paused', 'resumed', 'at_risk', 'breached', 'fulfilled', 'canceled', 'retargeted')), 
	CONSTRAINT ck_sla_events__cause CHECK (cause IN ('time', 'retarget', 'merge'))
);
-- next
CREATE TABLE survey_answer_revisions (
	answer_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	value_num SMALLINT, 
	value_text TEXT, 
	value_choice_ids JSONB NOT NULL, 
	skipped BOOLEAN NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	shop_id UUID NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_survey_answer_revisions PRIMARY KEY (shop_id, id)
);
-- next
CREATE UNIQUE INDEX uq_api_keys__hash ON api_keys (hash);
-- next
CREATE INDEX ix_appointments__customer ON appointments (shop_id, customer_id);
-- next
CREATE INDEX ix_appointments__due ON appointments (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_appointments__list ON appointments (shop_id, created_at, id);
-- next
CREATE INDEX ix_appointments__starts ON appointments (shop_id, starts_at, id);
-- next
CREATE UNIQUE INDEX uq_business_calendars__name ON business_calendars (shop_id, name);
-- next
CREATE UNIQUE INDEX uq_canned_replies__name ON canned_replies (shop_id, name);
-- next
CREATE UNIQUE INDEX uq_case_automations__name ON case_automations (shop_id, name);
-- next
CREATE INDEX ix_case_categories__parent ON case_categories (shop_id, parent_id);
-- next
CREATE UNIQUE INDEX uq_case_categories__name ON case_categories (shop_id, name);
-- next
ALTER TABLE case_categories ADD CONSTRAINT fk_case_categories__case_categories__parent_id FOREIGN KEY(shop_id, parent_id) REFERENCES case_categories (shop_id, id);
-- next
CREATE INDEX ix_case_countings__due ON case_countings (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_case_figures__at ON case_figures (shop_id, metric, at, case_id, n);
-- next
CREATE UNIQUE INDEX uq_case_macros__name ON case_macros (shop_id, name);
-- next
CREATE INDEX ix_case_number_keys__dimension ON case_number_keys (shop_id, dimension);
-- next
CREATE INDEX ix_case_stays__day ON case_stays (shop_id, day, first_contact_at, case_id) INCLUDE (status, since, until, is_test) WHERE until IS NOT NULL;
-- next
CREATE INDEX ix_case_stays__lasting ON case_stays (shop_id, first_contact_at, case_id) INCLUDE (status, since, is_test) WHERE until IS NULL;
-- next
CREATE INDEX ix_connections__door ON connections (id);
-- next
CREATE INDEX ix_connections__due ON connections (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_connections__list ON connections (shop_id, created_at, id) WHERE removed_at IS NULL;
-- next
CREATE UNIQUE INDEX uq_customer_tombstones__key_hash ON customer_tombstones (shop_id, kind, key_hash);
-- next
CREATE INDEX ix_customers__email ON customers (shop_id, email_key, created_at, id);
-- next
CREATE INDEX ix_customers__list ON customers (shop_id, created_at, id);
-- next
CREATE INDEX ix_customers__merged_into ON customers (shop_id, merged_into_id) WHERE merged_into_id IS NOT NULL;
-- next
CREATE UNIQUE INDEX uq_customers__guest_key ON customers (shop_id, guest_key) WHERE guest_key IS NOT NULL;
-- next
ALTER TABLE customers ADD CONSTRAINT fk_customers__customers__merged_into_id FOREIGN KEY(shop_id, merged_into_id) REFERENCES customers (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_escalation_rules__name ON escalation_rules (shop_id, name);
-- next
CREATE INDEX ix_events__customer ON events (shop_id, customer_id, occurred_at, id);
-- next
CREATE INDEX ix_events__order ON events (shop_id, order_id, id);
-- next
CREATE INDEX ix_events__subject ON events (shop_id, subject_id, id);
-- next
CREATE INDEX ix_events__type ON events (shop_id, type, id);
-- next
CREATE INDEX ix_flows__trigger ON flows (shop_id, trigger_event);
-- next
CREATE INDEX ix_flows__walk ON flows (shop_id, created_at, id);
-- next
CREATE INDEX ix_idempotency_keys__age ON idempotency_keys (shop_id, created_at);
-- next
CREATE UNIQUE INDEX uq_idempotency_keys__key ON idempotency_keys (shop_id, client_id, key);
-- next
CREATE INDEX ix_jobs__suspect ON jobs (run_at) WHERE status = 'waiting' AND claim IS NOT NULL AND attempts >= 2;
-- next
CREATE INDEX ix_jobs__waiting ON jobs (shop_id, run_at) WHERE status = 'waiting';
-- next
CREATE UNIQUE INDEX uq_jobs__key ON jobs (shop_id, key) WHERE key IS NOT NULL AND status = 'waiting';
-- next
CREATE INDEX ix_kb_categories__parent ON kb_categories (shop_id, parent_id);
-- next
CREATE UNIQUE INDEX uq_kb_categories__name ON kb_categories (shop_id, name);
-- next
ALTER TABLE kb_categories ADD CONSTRAINT fk_kb_categories__kb_categories__parent_id FOREIGN KEY(shop_id, parent_id) REFERENCES kb_categories (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_order_lookups__key_hash ON order_lookups (shop_id, key_hash);
-- next
CREATE INDEX ix_products__any_source ON products (shop_id, external_id);
-- next
CREATE INDEX ix_products__list ON products (shop_id, created_at, id);
-- next
CREATE INDEX ix_products__sku ON products (shop_id, sku);
-- next
CREATE UNIQUE INDEX uq_products__external_id ON products (shop_id, source, external_id);
-- next
CREATE UNIQUE INDEX uq_quality_scorecards__name ON quality_scorecards (shop_id, name);
-- next
CREATE INDEX ix_reminders__customer ON reminders (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_reminders__due ON reminders (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_reminders__order ON reminders (shop_id, order_id, created_at, id);
-- next
CREATE INDEX ix_reminders__walk ON reminders (shop_id, created_at, id);
-- next
CREATE INDEX ix_repair_orders__claim ON repair_orders (shop_id, warranty_claim_id);
-- next
CREATE INDEX ix_repair_orders__customer ON repair_orders (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_repair_orders__due ON repair_orders (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_repair_orders__list ON repair_orders (shop_id, created_at, id);
-- next
CREATE INDEX ix_return_policy_simulations__list ON return_policy_simulations (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_return_policy_versions__number ON return_policy_versions (shop_id, number);
-- next
CREATE UNIQUE INDEX uq_return_reasons__code ON return_reasons (shop_id, code);
-- next
CREATE UNIQUE INDEX uq_return_settings__only ON return_settings (shop_id, "only");
-- next
CREATE INDEX ix_return_timers__due ON return_timers (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE UNIQUE INDEX uq_return_timers__kind ON return_timers (shop_id, subject_id, kind);
-- next
CREATE INDEX ix_return_transitions__entity ON return_transitions (shop_id, entity_id, id);
-- next
CREATE INDEX ix_sla_policies__order ON sla_policies (shop_id, position, id);
-- next
CREATE UNIQUE INDEX uq_sla_policies__name ON sla_policies (shop_id, name);
-- next
CREATE INDEX ix_sla_simulations__walk ON sla_simulations (shop_id, created_at, id);
-- next
CREATE INDEX ix_suppressions__walk ON suppressions (shop_id, created_at, id);
-- next
CREATE INDEX ix_surveys__walk ON surveys (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_surveys__key ON surveys (shop_id, key);
-- next
CREATE UNIQUE INDEX uq_teams__name ON teams (shop_id, name);
-- next
CREATE INDEX ix_templates__walk ON templates (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_waiting_scans__event_key ON waiting_scans (shop_id, parcel_key, event_key);
-- next
CREATE UNIQUE INDEX uq_warranty_plans__code ON warranty_plans (shop_id, code);
-- next
CREATE UNIQUE INDEX uq_warranty_settings__only ON warranty_settings (shop_id, "only");
-- next
CREATE INDEX ix_warranty_transitions__entity ON warranty_transitions (shop_id, entity_id, id);
-- next
CREATE INDEX ix_webhook_endpoints__due ON webhook_endpoints (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_webhook_endpoints__list ON webhook_endpoints (shop_id, created_at, id) WHERE removed_at IS NULL;
-- next
CREATE INDEX ix_webhook_messages__customer ON webhook_messages (shop_id, customer_id) WHERE customer_id IS NOT NULL;
-- next
CREATE INDEX ix_webhook_messages__list ON webhook_messages (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_webhook_messages__dedupe ON webhook_messages (shop_id, dedupe_key);
-- next
CREATE UNIQUE INDEX uq_webhook_messages__event ON webhook_messages (shop_id, event_id);
-- next
CREATE INDEX ix_agents__calendar ON agents (shop_id, calendar_id);
-- next
CREATE INDEX ix_agents__due ON agents (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_agents__walk ON agents (shop_id, created_at, id);
-- next
ALTER TABLE agents ADD CONSTRAINT fk_agents__business_calendars__calendar_id FOREIGN KEY(shop_id, calendar_id) REFERENCES business_calendars (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_business_calendar_versions__number ON business_calendar_versions (shop_id, calendar_id, number);
-- next
ALTER TABLE business_calendar_versions ADD CONSTRAINT fk_business_calendar_versions__business_calendars__calendar_id FOREIGN KEY(shop_id, calendar_id) REFERENCES business_calendars (shop_id, id);
-- next
CREATE INDEX ix_channel_accounts__team ON channel_accounts (shop_id, team_id);
-- next
CREATE UNIQUE INDEX uq_channel_accounts__address ON channel_accounts (shop_id, channel, address);
-- next
ALTER TABLE channel_accounts ADD CONSTRAINT fk_channel_accounts__teams__team_id FOREIGN KEY(shop_id, team_id) REFERENCES teams (shop_id, id);
-- next
CREATE INDEX ix_consents__customer ON consents (shop_id, customer_id, created_at, id);
-- next
ALTER TABLE consents ADD CONSTRAINT fk_consents__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
CREATE INDEX ix_customer_identities__any_source ON customer_identities (shop_id, external_id);
-- next
CREATE INDEX ix_customer_identities__customer ON customer_identities (shop_id, customer_id);
-- next
CREATE UNIQUE INDEX uq_customer_identities__external_id ON customer_identities (shop_id, source, external_id);
-- next
ALTER TABLE customer_identities ADD CONSTRAINT fk_customer_identities__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
CREATE INDEX ix_flow_versions__walk ON flow_versions (shop_id, flow_id, created_at, id);
-- next
ALTER TABLE flow_versions ADD CONSTRAINT fk_flow_versions__flows__flow_id FOREIGN KEY(shop_id, flow_id) REFERENCES flows (shop_id, id);
-- next
CREATE INDEX ix_inbound_deliveries__due ON inbound_deliveries (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_inbound_deliveries__list ON inbound_deliveries (shop_id, received_at, id);
-- next
CREATE INDEX ix_inbound_deliveries__resource ON inbound_deliveries (shop_id, resource);
-- next
CREATE INDEX ix_inbound_deliveries__unfinished ON inbound_deliveries (shop_id, status, received_at, id) WHERE status IN ('failed', 'needs_hydration', 'stale');
-- next
CREATE UNIQUE INDEX uq_inbound_deliveries__dedupe ON inbound_deliveries (shop_id, connection_id, dedupe_key);
-- next
CREATE UNIQUE INDEX uq_inbound_deliveries__guard ON inbound_deliveries (shop_id, connection_id, guard_key) WHERE guard_key IS NOT NULL;
-- next
CREATE UNIQUE INDEX uq_inbound_deliveries__replay ON inbound_deliveries (shop_id, connection_id, replay_key) WHERE replay_key IS NOT NULL;
-- next
ALTER TABLE inbound_deliveries ADD CONSTRAINT fk_inbound_deliveries__connections__connection_id FOREIGN KEY(shop_id, connection_id) REFERENCES connections (shop_id, id);
-- next
CREATE INDEX ix_kb_articles__category ON kb_articles (shop_id, category_id);
-- next
CREATE INDEX ix_kb_articles__walk ON kb_articles (shop_id, created_at, id);
-- next
ALTER TABLE kb_articles ADD CONSTRAINT fk_kb_articles__kb_categories__category_id FOREIGN KEY(shop_id, category_id) REFERENCES kb_categories (shop_id, id);
-- next
CREATE INDEX ix_orders__any_source ON orders (shop_id, external_id);
-- next
CREATE INDEX ix_orders__customer ON orders (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_orders__email ON orders (shop_id, email_key, created_at, id);
-- next
CREATE INDEX ix_orders__list ON orders (shop_id, created_at, id);
-- next
CREATE INDEX ix_orders__number ON orders (shop_id, number_key, created_at, id);
-- next
CREATE INDEX ix_orders__placed ON orders (shop_id, placed_at);
-- next
CREATE INDEX ix_orders__status ON orders (shop_id, status, created_at, id);
-- next
CREATE UNIQUE INDEX uq_orders__external_id ON orders (shop_id, source, external_id);
-- next
ALTER TABLE orders ADD CONSTRAINT fk_orders__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
CREATE INDEX ix_privacy_requests__customer ON privacy_requests (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_privacy_requests__due ON privacy_requests (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_privacy_requests__list ON privacy_requests (shop_id, created_at, id);
-- next
ALTER TABLE privacy_requests ADD CONSTRAINT fk_privacy_requests__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
CREATE INDEX ix_run_refusals__flow ON run_refusals (shop_id, flow_id, created_at, id);
-- next
CREATE INDEX ix_run_refusals__order ON run_refusals (shop_id, order_id, created_at, id);
-- next
CREATE INDEX ix_run_refusals__walk ON run_refusals (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_run_refusals__event ON run_refusals (shop_id, flow_id, event_id, entity_id);
-- next
ALTER TABLE run_refusals ADD CONSTRAINT fk_run_refusals__flows__flow_id FOREIGN KEY(shop_id, flow_id) REFERENCES flows (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_sla_policy_versions__number ON sla_policy_versions (shop_id, policy_id, number);
-- next
ALTER TABLE sla_policy_versions ADD CONSTRAINT fk_sla_policy_versions__sla_policies__policy_id FOREIGN KEY(shop_id, policy_id) REFERENCES sla_policies (shop_id, id);
-- next
CREATE INDEX ix_sla_simulation_changes__walk ON sla_simulation_changes (shop_id, simulation_id, created_at, id);
-- next
ALTER TABLE sla_simulation_changes ADD CONSTRAINT fk_sla_simulation_changes__sla_simulations__simulation_id FOREIGN KEY(shop_id, simulation_id) REFERENCES sla_simulations (shop_id, id) ON DELETE CASCADE;
-- next
CREATE INDEX ix_sla_simulation_parts__simulation ON sla_simulation_parts (shop_id, simulation_id);
-- next
ALTER TABLE sla_simulation_parts ADD CONSTRAINT fk_sla_simulation_parts__sla_simulations__simulation_id FOREIGN KEY(shop_id, simulation_id) REFERENCES sla_simulations (shop_id, id) ON DELETE CASCADE;
-- next
CREATE UNIQUE INDEX uq_survey_versions__number ON survey_versions (shop_id, survey_id, number);
-- next
ALTER TABLE survey_versions ADD CONSTRAINT fk_survey_versions__surveys__survey_id FOREIGN KEY(shop_id, survey_id) REFERENCES surveys (shop_id, id);
-- next
ALTER TABLE template_versions ADD CONSTRAINT fk_template_versions__templates__template_id FOREIGN KEY(shop_id, template_id) REFERENCES templates (shop_id, id);
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
CREATE UNIQUE INDEX uq_webhook_deliveries__message ON webhook_deliveries (shop_id, message_id, endpoint_id);
-- next
ALTER TABLE webhook_deliveries ADD CONSTRAINT fk_webhook_deliveries__webhook_endpoints__endpoint_id FOREIGN KEY(shop_id, endpoint_id) REFERENCES webhook_endpoints (shop_id, id);
-- next
ALTER TABLE webhook_deliveries ADD CONSTRAINT fk_webhook_deliveries__webhook_messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES webhook_messages (shop_id, id);
-- next
CREATE INDEX ix_change_requests__list ON change_requests (shop_id, created_at, id);
-- next
CREATE INDEX ix_change_requests__order ON change_requests (shop_id, order_id);
-- next
CREATE UNIQUE INDEX uq_change_requests__open ON change_requests (shop_id, order_id, kind) WHERE status IN ('pending', 'accepted');
-- next
ALTER TABLE change_requests ADD CONSTRAINT fk_change_requests__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_delivery_claims__list ON delivery_claims (shop_id, created_at, id);
-- next
CREATE INDEX ix_delivery_claims__order ON delivery_claims (shop_id, order_id, id);
-- next
ALTER TABLE delivery_claims ADD CONSTRAINT fk_delivery_claims__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_followup_runs__customer ON followup_runs (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_followup_runs__due ON followup_runs (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_followup_runs__flow ON followup_runs (shop_id, flow_id, created_at, id);
-- next
CREATE INDEX ix_followup_runs__live_customer ON followup_runs (shop_id, customer_id) WHERE status IN ('active', 'waiting');
-- next
CREATE INDEX ix_followup_runs__live_entity ON followup_runs (shop_id, entity_id) WHERE status IN ('active', 'waiting');
-- next
CREATE INDEX ix_followup_runs__live_order ON followup_runs (shop_id, order_id) WHERE status IN ('active', 'waiting');
-- next
CREATE INDEX ix_followup_runs__order ON followup_runs (shop_id, order_id, created_at, id);
-- next
CREATE INDEX ix_followup_runs__version ON followup_runs (shop_id, version_id) WHERE status IN ('active', 'waiting');
-- next
CREATE INDEX ix_followup_runs__walk ON followup_runs (shop_id, created_at, id);
-- next
ALTER TABLE followup_runs ADD CONSTRAINT fk_followup_runs__flow_versions__version_id FOREIGN KEY(shop_id, version_id) REFERENCES flow_versions (shop_id, id);
-- next
ALTER TABLE followup_runs ADD CONSTRAINT fk_followup_runs__flows__flow_id FOREIGN KEY(shop_id, flow_id) REFERENCES flows (shop_id, id);
-- next
CREATE INDEX ix_kb_article_translations__search ON kb_article_translations USING gin (search);
-- next
CREATE UNIQUE INDEX uq_kb_article_translations__locale ON kb_article_translations (shop_id, article_id, locale);
-- next
ALTER TABLE kb_article_translations ADD CONSTRAINT fk_kb_article_translations__kb_articles__article_id FOREIGN KEY(shop_id, article_id) REFERENCES kb_articles (shop_id, id);
-- next
CREATE INDEX ix_kb_feedback__article ON kb_feedback (shop_id, article_id, created_at, id);
-- next
ALTER TABLE kb_feedback ADD CONSTRAINT fk_kb_feedback__kb_articles__article_id FOREIGN KEY(shop_id, article_id) REFERENCES kb_articles (shop_id, id);
-- next
CREATE INDEX ix_kb_searches__at ON kb_searches (shop_id, searched_at);
-- next
CREATE INDEX ix_kb_searches__clicked ON kb_searches (shop_id, clicked_article_id);
-- next
CREATE INDEX ix_kb_searches__customer ON kb_searches (shop_id, customer_id, searched_at);
-- next
CREATE INDEX ix_kb_searches__visitor ON kb_searches (shop_id, visitor, searched_at);
-- next
CREATE INDEX ix_kb_searches__walk ON kb_searches (shop_id, created_at, id);
-- next
ALTER TABLE kb_searches ADD CONSTRAINT fk_kb_searches__kb_articles__clicked_article_id FOREIGN KEY(shop_id, clicked_article_id) REFERENCES kb_articles (shop_id, id);
-- next
CREATE INDEX ix_messages__customer ON messages (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_messages__due ON messages (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_messages__history ON messages (shop_id, customer_id, decided_at) WHERE decided_at IS NOT NULL;
-- next
CREATE INDEX ix_messages__order ON messages (shop_id, order_id, created_at, id);
-- next
CREATE INDEX ix_messages__resend_of ON messages (shop_id, resend_of_id) WHERE resend_of_id IS NOT NULL;
-- next
CREATE INDEX ix_messages__template ON messages (shop_id, template_id);
-- next
CREATE INDEX ix_messages__template_version ON messages (shop_id, template_version_id);
-- next
CREATE INDEX ix_messages__waiting ON messages (shop_id, customer_id, due_at) WHERE status IN ('scheduled', 'deferred');
-- next
CREATE INDEX ix_messages__walk ON messages (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_messages__once_per_order ON messages (shop_id, order_id, kind, occasion) WHERE order_id IS NOT NULL AND once_per_order AND status NOT IN ('dropped', 'cancelled', 'failed');
-- next
ALTER TABLE messages ADD CONSTRAINT fk_messages__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
ALTER TABLE messages ADD CONSTRAINT fk_messages__messages__resend_of_id FOREIGN KEY(shop_id, resend_of_id) REFERENCES messages (shop_id, id);
-- next
ALTER TABLE messages ADD CONSTRAINT fk_messages__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE messages ADD CONSTRAINT fk_messages__template_versions__template_version_id FOREIGN KEY(shop_id, template_version_id) REFERENCES template_versions (shop_id, id);
-- next
ALTER TABLE messages ADD CONSTRAINT fk_messages__templates__template_id FOREIGN KEY(shop_id, template_id) REFERENCES templates (shop_id, id);
-- next
CREATE INDEX ix_order_lines__product ON order_lines (shop_id, product_id);
-- next
CREATE INDEX ix_order_lines__product_external_id ON order_lines (shop_id, product_external_id);
-- next
CREATE INDEX ix_order_lines__sku ON order_lines (shop_id, sku);
-- next
CREATE UNIQUE INDEX uq_order_lines__external_id ON order_lines (shop_id, order_id, external_id);
-- next
ALTER TABLE order_lines ADD CONSTRAINT fk_order_lines__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_order_moments__key ON order_moments (shop_id, order_id, key);
-- next
ALTER TABLE order_moments ADD CONSTRAINT fk_order_moments__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_order_payments__external_id ON order_payments (shop_id, order_id, external_id);
-- next
ALTER TABLE order_payments ADD CONSTRAINT fk_order_payments__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_order_refunds__external_id ON order_refunds (shop_id, order_id, external_id);
-- next
ALTER TABLE order_refunds ADD CONSTRAINT fk_order_refunds__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_platform_cases__order ON platform_cases (shop_id, order_id);
-- next
CREATE UNIQUE INDEX uq_platform_cases__external_id ON platform_cases (shop_id, source, kind, external_id);
-- next
ALTER TABLE platform_cases ADD CONSTRAINT fk_platform_cases__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_return_portal_links__order ON return_portal_links (shop_id, order_id);
-- next
CREATE UNIQUE INDEX uq_return_portal_links__token ON return_portal_links (token_hash);
-- next
ALTER TABLE return_portal_links ADD CONSTRAINT fk_return_portal_links__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_returns__customer ON returns (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_returns__list ON returns (shop_id, created_at, id);
-- next
CREATE INDEX ix_returns__order ON returns (shop_id, order_id);
-- next
CREATE INDEX ix_returns__rma ON returns (shop_id, rma_number);
-- next
CREATE INDEX ix_returns__status ON returns (shop_id, status, created_at, id);
-- next
ALTER TABLE returns ADD CONSTRAINT fk_returns__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_shipments__any_order ON shipments (shop_id, external_id);
-- next
CREATE INDEX ix_shipments__list ON shipments (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_shipments__external_id ON shipments (shop_id, order_id, external_id);
-- next
ALTER TABLE shipments ADD CONSTRAINT fk_shipments__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_survey_invitations__cohort ON survey_invitations (shop_id, sent_at) WHERE sent_at IS NOT NULL;
-- next
CREATE INDEX ix_survey_invitations__customer ON survey_invitations (shop_id, customer_id, created_at);
-- next
CREATE INDEX ix_survey_invitations__due ON survey_invitations (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_survey_invitations__order ON survey_invitations (shop_id, order_id);
-- next
CREATE INDEX ix_survey_invitations__run ON survey_invitations (shop_id, flow_run_id) WHERE flow_run_id IS NOT NULL;
-- next
CREATE INDEX ix_survey_invitations__survey ON survey_invitations (shop_id, survey_id, created_at, id);
-- next
CREATE INDEX ix_survey_invitations__version ON survey_invitations (shop_id, version_id);
-- next
CREATE INDEX ix_survey_invitations__walk ON survey_invitations (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_survey_invitations__asked_once ON survey_invitations (shop_id, survey_id, subject_type, subject_id, customer_id, wave);
-- next
CREATE UNIQUE INDEX uq_survey_invitations__token ON survey_invitations (token_hash);
-- next
ALTER TABLE survey_invitations ADD CONSTRAINT fk_survey_invitations__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
ALTER TABLE survey_invitations ADD CONSTRAINT fk_survey_invitations__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE survey_invitations ADD CONSTRAINT fk_survey_invitations__survey_versions__version_id FOREIGN KEY(shop_id, version_id) REFERENCES survey_versions (shop_id, id);
-- next
ALTER TABLE survey_invitations ADD CONSTRAINT fk_survey_invitations__surveys__survey_id FOREIGN KEY(shop_id, survey_id) REFERENCES surveys (shop_id, id);
-- next
CREATE INDEX ix_team_members__agent ON team_members (shop_id, agent_id);
-- next
CREATE UNIQUE INDEX uq_team_members__pair ON team_members (shop_id, team_id, agent_id);
-- next
ALTER TABLE team_members ADD CONSTRAINT fk_team_members__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE team_members ADD CONSTRAINT fk_team_members__teams__team_id FOREIGN KEY(shop_id, team_id) REFERENCES teams (shop_id, id);
-- next
CREATE INDEX ix_warranty_registrations__customer ON warranty_registrations (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_warranty_registrations__due ON warranty_registrations (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_warranty_registrations__list ON warranty_registrations (shop_id, created_at, id);
-- next
CREATE INDEX ix_warranty_registrations__order ON warranty_registrations (shop_id, order_id);
-- next
CREATE INDEX ix_warranty_registrations__serial ON warranty_registrations (shop_id, serial);
-- next
CREATE UNIQUE INDEX uq_warranty_registrations__unit ON warranty_registrations (shop_id, order_line_id, unit_number, plan_key);
-- next
ALTER TABLE warranty_registrations ADD CONSTRAINT fk_warranty_registrations__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_webhook_attempts__endpoint ON webhook_attempts (shop_id, endpoint_id, created_at, id);
-- next
CREATE INDEX ix_webhook_attempts__message ON webhook_attempts (shop_id, message_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_webhook_attempts__number ON webhook_attempts (shop_id, delivery_id, number);
-- next
ALTER TABLE webhook_attempts ADD CONSTRAINT fk_webhook_attempts__webhook_deliveries__delivery_id FOREIGN KEY(shop_id, delivery_id) REFERENCES webhook_deliveries (shop_id, id);
-- next
ALTER TABLE webhook_attempts ADD CONSTRAINT fk_webhook_attempts__webhook_endpoints__endpoint_id FOREIGN KEY(shop_id, endpoint_id) REFERENCES webhook_endpoints (shop_id, id);
-- next
ALTER TABLE webhook_attempts ADD CONSTRAINT fk_webhook_attempts__webhook_messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES webhook_messages (shop_id, id);
-- next
CREATE INDEX ix_withdrawal_evidence__order ON withdrawal_evidence (shop_id, order_id, id);
-- next
ALTER TABLE withdrawal_evidence ADD CONSTRAINT fk_withdrawal_evidence__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
CREATE INDEX ix_cases__assignee ON cases (shop_id, assignee_id, created_at, id);
-- next
CREATE INDEX ix_cases__category ON cases (shop_id, category_id);
-- next
CREATE INDEX ix_cases__contact ON cases (shop_id, first_contact_at, id);
-- next
CREATE INDEX ix_cases__customer ON cases (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_cases__due ON cases (shop_id, due_next_at, id) WHERE due_next_at IS NOT NULL;
-- next
CREATE INDEX ix_cases__first_resolved ON cases (shop_id, first_resolved_at);
-- next
CREATE INDEX ix_cases__follow_up_of ON cases (shop_id, follow_up_of_id) WHERE follow_up_of_id IS NOT NULL;
-- next
CREATE INDEX ix_cases__last_resolved ON cases (shop_id, last_resolved_at);
-- next
CREATE INDEX ix_cases__merged_into ON cases (shop_id, merged_into_id) WHERE merged_into_id IS NOT NULL;
-- next
CREATE INDEX ix_cases__order ON cases (shop_id, order_id, created_at, id);
-- next
CREATE INDEX ix_cases__return ON cases (shop_id, return_id) WHERE return_id IS NOT NULL;
-- next
CREATE INDEX ix_cases__shipment ON cases (shop_id, shipment_id) WHERE shipment_id IS NOT NULL;
-- next
CREATE INDEX ix_cases__split_from ON cases (shop_id, split_from_id) WHERE split_from_id IS NOT NULL;
-- next
CREATE INDEX ix_cases__status ON cases (shop_id, status, created_at, id);
-- next
CREATE INDEX ix_cases__status_due ON cases (shop_id, status, due_next_at, id) WHERE due_next_at IS NOT NULL;
-- next
CREATE INDEX ix_cases__team ON cases (shop_id, team_id, created_at, id);
-- next
CREATE INDEX ix_cases__team_due ON cases (shop_id, team_id, due_next_at, id) WHERE due_next_at IS NOT NULL;
-- next
CREATE INDEX ix_cases__team_status ON cases (shop_id, team_id, status, created_at, id);
-- next
CREATE INDEX ix_cases__team_status_due ON cases (shop_id, team_id, status, due_next_at, id) WHERE due_next_at IS NOT NULL;
-- next
CREATE INDEX ix_cases__walk ON cases (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_cases__number ON cases (shop_id, number);
-- next
CREATE UNIQUE INDEX uq_cases__thread_token ON cases (shop_id, thread_token);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__agents__assignee_id FOREIGN KEY(shop_id, assignee_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__case_categories__category_id FOREIGN KEY(shop_id, category_id) REFERENCES case_categories (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__cases__follow_up_of_id FOREIGN KEY(shop_id, follow_up_of_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__cases__merged_into_id FOREIGN KEY(shop_id, merged_into_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__cases__split_from_id FOREIGN KEY(shop_id, split_from_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__shipments__shipment_id FOREIGN KEY(shop_id, shipment_id) REFERENCES shipments (shop_id, id);
-- next
ALTER TABLE cases ADD CONSTRAINT fk_cases__teams__team_id FOREIGN KEY(shop_id, team_id) REFERENCES teams (shop_id, id);
-- next
CREATE INDEX ix_contact_decisions__at ON contact_decisions (shop_id, at);
-- next
CREATE INDEX ix_contact_decisions__customer ON contact_decisions (shop_id, customer_id, created_at, id);
-- next
CREATE INDEX ix_contact_decisions__message ON contact_decisions (shop_id, message_id);
-- next
ALTER TABLE contact_decisions ADD CONSTRAINT fk_contact_decisions__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
ALTER TABLE contact_decisions ADD CONSTRAINT fk_contact_decisions__messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES messages (shop_id, id);
-- next
CREATE INDEX ix_exchanges__list ON exchanges (shop_id, created_at, id);
-- next
CREATE INDEX ix_exchanges__order ON exchanges (shop_id, order_id, id);
-- next
CREATE INDEX ix_exchanges__return ON exchanges (shop_id, return_id);
-- next
CREATE UNIQUE INDEX uq_exchanges__charge ON exchanges (shop_id, charge_key);
-- next
ALTER TABLE exchanges ADD CONSTRAINT fk_exchanges__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE exchanges ADD CONSTRAINT fk_exchanges__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
ALTER TABLE message_attempts ADD CONSTRAINT fk_message_attempts__messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES messages (shop_id, id);
-- next
CREATE INDEX ix_parcel_keys__order ON parcel_keys (shop_id, order_id);
-- next
CREATE INDEX ix_parcel_keys__shipment ON parcel_keys (shop_id, shipment_id);
-- next
CREATE UNIQUE INDEX uq_parcel_keys__parcel_key ON parcel_keys (shop_id, parcel_key, shipment_id);
-- next
ALTER TABLE parcel_keys ADD CONSTRAINT fk_parcel_keys__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE parcel_keys ADD CONSTRAINT fk_parcel_keys__shipments__shipment_id FOREIGN KEY(shop_id, shipment_id) REFERENCES shipments (shop_id, id);
-- next
CREATE INDEX ix_refunds__cause_ref ON refunds (shop_id, cause_ref);
-- next
CREATE INDEX ix_refunds__due ON refunds (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_refunds__external_id ON refunds (shop_id, external_id);
-- next
CREATE INDEX ix_refunds__list ON refunds (shop_id, created_at, id);
-- next
CREATE INDEX ix_refunds__order ON refunds (shop_id, order_id, id);
-- next
CREATE INDEX ix_refunds__return ON refunds (shop_id, return_id);
-- next
CREATE UNIQUE INDEX uq_refunds__reversal ON refunds (shop_id, reverses_id);
-- next
ALTER TABLE refunds ADD CONSTRAINT fk_refunds__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE refunds ADD CONSTRAINT fk_refunds__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE INDEX ix_return_items__line ON return_items (shop_id, order_line_id);
-- next
CREATE UNIQUE INDEX uq_return_items__line ON return_items (shop_id, return_id, order_line_id);
-- next
ALTER TABLE return_items ADD CONSTRAINT fk_return_items__order_lines__order_line_id FOREIGN KEY(shop_id, order_line_id) REFERENCES order_lines (shop_id, id);
-- next
ALTER TABLE return_items ADD CONSTRAINT fk_return_items__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_return_receipts__external_id ON return_receipts (shop_id, return_id, external_id);
-- next
ALTER TABLE return_receipts ADD CONSTRAINT fk_return_receipts__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE INDEX ix_return_shipments__return ON return_shipments (shop_id, return_id);
-- next
CREATE INDEX ix_return_shipments__tracking ON return_shipments (shop_id, tracking_key);
-- next
ALTER TABLE return_shipments ADD CONSTRAINT fk_return_shipments__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_run_steps__visit ON run_steps (shop_id, run_id, step_id, visit);
-- next
ALTER TABLE run_steps ADD CONSTRAINT fk_run_steps__followup_runs__run_id FOREIGN KEY(shop_id, run_id) REFERENCES followup_runs (shop_id, id);
-- next
CREATE INDEX ix_survey_invitation_messages__invitation ON survey_invitation_messages (shop_id, invitation_id);
-- next
CREATE UNIQUE INDEX uq_survey_invitation_messages__message ON survey_invitation_messages (shop_id, message_id);
-- next
ALTER TABLE survey_invitation_messages ADD CONSTRAINT fk_survey_invitation_messages__survey_invitations__invi_47b6 FOREIGN KEY(shop_id, invitation_id) REFERENCES survey_invitations (shop_id, id);
-- next
CREATE INDEX ix_survey_rating_intents__due ON survey_rating_intents (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
CREATE INDEX ix_survey_rating_intents__invitation ON survey_rating_intents (shop_id, invitation_id, created_at);
-- next
CREATE INDEX ix_survey_rating_intents__walk ON survey_rating_intents (shop_id, created_at, id);
-- next
ALTER TABLE survey_rating_intents ADD CONSTRAINT fk_survey_rating_intents__survey_invitations__invitation_id FOREIGN KEY(shop_id, invitation_id) REFERENCES survey_invitations (shop_id, id);
-- next
CREATE INDEX ix_survey_responses__customer ON survey_responses (shop_id, customer_id, created_at);
-- next
CREATE INDEX ix_survey_responses__order ON survey_responses (shop_id, order_id);
-- next
CREATE INDEX ix_survey_responses__survey ON survey_responses (shop_id, survey_id, created_at);
-- next
CREATE INDEX ix_survey_responses__version ON survey_responses (shop_id, version_id);
-- next
CREATE INDEX ix_survey_responses__walk ON survey_responses (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_survey_responses__once ON survey_responses (shop_id, invitation_id);
-- next
ALTER TABLE survey_responses ADD CONSTRAINT fk_survey_responses__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
ALTER TABLE survey_responses ADD CONSTRAINT fk_survey_responses__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE survey_responses ADD CONSTRAINT fk_survey_responses__survey_invitations__invitation_id FOREIGN KEY(shop_id, invitation_id) REFERENCES survey_invitations (shop_id, id);
-- next
ALTER TABLE survey_responses ADD CONSTRAINT fk_survey_responses__survey_versions__version_id FOREIGN KEY(shop_id, version_id) REFERENCES survey_versions (shop_id, id);
-- next
ALTER TABLE survey_responses ADD CONSTRAINT fk_survey_responses__surveys__survey_id FOREIGN KEY(shop_id, survey_id) REFERENCES surveys (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_tracking_events__event_key ON tracking_events (shop_id, shipment_id, event_key);
-- next
ALTER TABLE tracking_events ADD CONSTRAINT fk_tracking_events__shipments__shipment_id FOREIGN KEY(shop_id, shipment_id) REFERENCES shipments (shop_id, id);
-- next
CREATE INDEX ix_warranty_claims__list ON warranty_claims (shop_id, created_at, id);
-- next
CREATE INDEX ix_warranty_claims__registration ON warranty_claims (shop_id, registration_id);
-- next
CREATE UNIQUE INDEX uq_warranty_claims__open ON warranty_claims (shop_id, unit_key, defect_code) WHERE status NOT IN ('rejected', 'completed', 'cancelled');
-- next
ALTER TABLE warranty_claims ADD CONSTRAINT fk_warranty_claims__warranty_registrations__registration_id FOREIGN KEY(shop_id, registration_id) REFERENCES warranty_registrations (shop_id, id);
-- next
CREATE INDEX ix_withdrawals__list ON withdrawals (shop_id, created_at, id);
-- next
CREATE INDEX ix_withdrawals__order ON withdrawals (shop_id, order_id, id);
-- next
CREATE INDEX ix_withdrawals__return ON withdrawals (shop_id, return_id);
-- next
ALTER TABLE withdrawals ADD CONSTRAINT fk_withdrawals__orders__order_id FOREIGN KEY(shop_id, order_id) REFERENCES orders (shop_id, id);
-- next
ALTER TABLE withdrawals ADD CONSTRAINT fk_withdrawals__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE INDEX ix_case_assignments__agent ON case_assignments (shop_id, agent_id, since);
-- next
CREATE INDEX ix_case_assignments__case ON case_assignments (shop_id, case_id, id);
-- next
CREATE INDEX ix_case_assignments__team ON case_assignments (shop_id, team_id);
-- next
ALTER TABLE case_assignments ADD CONSTRAINT fk_case_assignments__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE case_assignments ADD CONSTRAINT fk_case_assignments__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_assignments ADD CONSTRAINT fk_case_assignments__teams__team_id FOREIGN KEY(shop_id, team_id) REFERENCES teams (shop_id, id);
-- next
CREATE INDEX ix_case_automation_runs__case ON case_automation_runs (shop_id, case_id);
-- next
CREATE UNIQUE INDEX uq_case_automation_runs__once ON case_automation_runs (shop_id, automation_id, case_id, occasion);
-- next
ALTER TABLE case_automation_runs ADD CONSTRAINT fk_case_automation_runs__case_automations__automation_id FOREIGN KEY(shop_id, automation_id) REFERENCES case_automations (shop_id, id);
-- next
ALTER TABLE case_automation_runs ADD CONSTRAINT fk_case_automation_runs__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_counted__customer ON case_counted (shop_id, customer_id, first_resolved_at);
-- next
CREATE INDEX ix_case_counted__stale ON case_counted (shop_id, stale_at) WHERE stale_at IS NOT NULL;
-- next
ALTER TABLE case_counted ADD CONSTRAINT fk_case_counted__cases__id FOREIGN KEY(shop_id, id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_events__case ON case_events (shop_id, case_id, id);
-- next
CREATE INDEX ix_case_events__type ON case_events (shop_id, type, occurred_at);
-- next
ALTER TABLE case_events ADD CONSTRAINT fk_case_events__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_links__origin ON case_links (shop_id, origin_case_id);
-- next
CREATE INDEX ix_case_links__other ON case_links (shop_id, other_case_id);
-- next
CREATE UNIQUE INDEX uq_case_links__pair ON case_links (shop_id, case_id, other_case_id, kind);
-- next
ALTER TABLE case_links ADD CONSTRAINT fk_case_links__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_links ADD CONSTRAINT fk_case_links__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_links ADD CONSTRAINT fk_case_links__cases__other_case_id FOREIGN KEY(shop_id, other_case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_messages__agent ON case_messages (shop_id, agent_id, at, case_id);
-- next
CREATE INDEX ix_case_messages__case ON case_messages (shop_id, case_id, at, id);
-- next
CREATE INDEX ix_case_messages__delivery ON case_messages (shop_id, delivery_ref) WHERE delivery_ref IS NOT NULL;
-- next
CREATE INDEX ix_case_messages__origin ON case_messages (shop_id, origin_case_id);
-- next
CREATE UNIQUE INDEX uq_case_messages__external ON case_messages (shop_id, channel, channel_account, external_id) WHERE external_id IS NOT NULL;
-- next
ALTER TABLE case_messages ADD CONSTRAINT fk_case_messages__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE case_messages ADD CONSTRAINT fk_case_messages__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_messages ADD CONSTRAINT fk_case_messages__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_openings__case ON case_openings (shop_id, case_id);
-- next
CREATE UNIQUE INDEX uq_case_openings__key ON case_openings (shop_id, dedupe_key);
-- next
ALTER TABLE case_openings ADD CONSTRAINT fk_case_openings__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_participants__agent ON case_participants (shop_id, agent_id);
-- next
CREATE INDEX ix_case_participants__case ON case_participants (shop_id, case_id);
-- next
CREATE INDEX ix_case_participants__customer ON case_participants (shop_id, customer_id);
-- next
CREATE INDEX ix_case_participants__origin ON case_participants (shop_id, origin_case_id);
-- next
ALTER TABLE case_participants ADD CONSTRAINT fk_case_participants__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE case_participants ADD CONSTRAINT fk_case_participants__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_participants ADD CONSTRAINT fk_case_participants__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_participants ADD CONSTRAINT fk_case_participants__customers__customer_id FOREIGN KEY(shop_id, customer_id) REFERENCES customers (shop_id, id);
-- next
CREATE INDEX ix_case_time_entries__agent ON case_time_entries (shop_id, agent_id, worked_at);
-- next
CREATE INDEX ix_case_time_entries__case ON case_time_entries (shop_id, case_id);
-- next
CREATE INDEX ix_case_time_entries__origin ON case_time_entries (shop_id, origin_case_id);
-- next
ALTER TABLE case_time_entries ADD CONSTRAINT fk_case_time_entries__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE case_time_entries ADD CONSTRAINT fk_case_time_entries__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_time_entries ADD CONSTRAINT fk_case_time_entries__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_timers__due ON case_timers (shop_id, due_at) WHERE queued_at IS NULL AND due_at IS NOT NULL;
-- next
ALTER TABLE case_timers ADD CONSTRAINT fk_case_timers__cases__id FOREIGN KEY(shop_id, id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_escalations__case ON escalations (shop_id, case_id, fire_at);
-- next
CREATE UNIQUE INDEX uq_escalations__once ON escalations (shop_id, rule_id, case_id, occasion);
-- next
ALTER TABLE escalations ADD CONSTRAINT fk_escalations__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE escalations ADD CONSTRAINT fk_escalations__escalation_rules__rule_id FOREIGN KEY(shop_id, rule_id) REFERENCES escalation_rules (shop_id, id);
-- next
CREATE INDEX ix_field_visits__case ON field_visits (shop_id, case_id);
-- next
CREATE INDEX ix_field_visits__completed ON field_visits (shop_id, completed_at) WHERE completed_at IS NOT NULL;
-- next
CREATE INDEX ix_field_visits__form ON field_visits (shop_id, form_ref);
-- next
CREATE INDEX ix_field_visits__next ON field_visits (shop_id, next_visit_id);
-- next
CREATE INDEX ix_field_visits__technician ON field_visits (shop_id, technician_id, window_from);
-- next
CREATE INDEX ix_field_visits__walk ON field_visits (shop_id, created_at, id);
-- next
CREATE UNIQUE INDEX uq_field_visits__number ON field_visits (shop_id, origin_case_id, number);
-- next
ALTER TABLE field_visits ADD CONSTRAINT fk_field_visits__agents__technician_id FOREIGN KEY(shop_id, technician_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE field_visits ADD CONSTRAINT fk_field_visits__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE field_visits ADD CONSTRAINT fk_field_visits__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE field_visits ADD CONSTRAINT fk_field_visits__field_visits__next_visit_id FOREIGN KEY(shop_id, next_visit_id) REFERENCES field_visits (shop_id, id);
-- next
CREATE INDEX ix_internal_feedback__agent ON internal_feedback (shop_id, agent_id);
-- next
CREATE INDEX ix_internal_feedback__article ON internal_feedback (shop_id, article_id, created_at, id);
-- next
CREATE INDEX ix_internal_feedback__case ON internal_feedback (shop_id, case_id);
-- next
CREATE INDEX ix_internal_feedback__policy ON internal_feedback (shop_id, policy_id, created_at, id);
-- next
CREATE INDEX ix_internal_feedback__walk ON internal_feedback (shop_id, created_at, id);
-- next
ALTER TABLE internal_feedback ADD CONSTRAINT fk_internal_feedback__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE internal_feedback ADD CONSTRAINT fk_internal_feedback__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE internal_feedback ADD CONSTRAINT fk_internal_feedback__sla_policies__policy_id FOREIGN KEY(shop_id, policy_id) REFERENCES sla_policies (shop_id, id);
-- next
CREATE INDEX ix_refund_allocations__payment ON refund_allocations (shop_id, payment_id);
-- next
CREATE UNIQUE INDEX uq_refund_allocations__payment ON refund_allocations (shop_id, refund_id, payment_id);
-- next
ALTER TABLE refund_allocations ADD CONSTRAINT fk_refund_allocations__order_payments__payment_id FOREIGN KEY(shop_id, payment_id) REFERENCES order_payments (shop_id, id);
-- next
ALTER TABLE refund_allocations ADD CONSTRAINT fk_refund_allocations__refunds__refund_id FOREIGN KEY(shop_id, refund_id) REFERENCES refunds (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_refund_lines__position ON refund_lines (shop_id, refund_id, position);
-- next
ALTER TABLE refund_lines ADD CONSTRAINT fk_refund_lines__refunds__refund_id FOREIGN KEY(shop_id, refund_id) REFERENCES refunds (shop_id, id);
-- next
CREATE INDEX ix_return_inspections__item ON return_inspections (shop_id, return_item_id);
-- next
CREATE INDEX ix_return_inspections__return ON return_inspections (shop_id, return_id, id);
-- next
ALTER TABLE return_inspections ADD CONSTRAINT fk_return_inspections__return_items__return_item_id FOREIGN KEY(shop_id, return_item_id) REFERENCES return_items (shop_id, id);
-- next
ALTER TABLE return_inspections ADD CONSTRAINT fk_return_inspections__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE INDEX ix_return_resolutions__item ON return_resolutions (shop_id, return_item_id);
-- next
CREATE INDEX ix_return_resolutions__refund ON return_resolutions (shop_id, refund_id);
-- next
CREATE INDEX ix_return_resolutions__return ON return_resolutions (shop_id, return_id, id);
-- next
ALTER TABLE return_resolutions ADD CONSTRAINT fk_return_resolutions__return_items__return_item_id FOREIGN KEY(shop_id, return_item_id) REFERENCES return_items (shop_id, id);
-- next
ALTER TABLE return_resolutions ADD CONSTRAINT fk_return_resolutions__returns__return_id FOREIGN KEY(shop_id, return_id) REFERENCES returns (shop_id, id);
-- next
CREATE INDEX ix_sla_clocks__calendar ON sla_clocks (shop_id, calendar_version_id, state);
-- next
CREATE INDEX ix_sla_clocks__policy ON sla_clocks (shop_id, policy_version_id, state);
-- next
CREATE UNIQUE INDEX uq_sla_clocks__instance ON sla_clocks (shop_id, case_id, target, instance_no);
-- next
ALTER TABLE sla_clocks ADD CONSTRAINT fk_sla_clocks__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_survey_answers__measure ON survey_answers (shop_id, measure, answered_at) INCLUDE (response_id, value_num) WHERE measure IS NOT NULL;
-- next
CREATE UNIQUE INDEX uq_survey_answers__question ON survey_answers (shop_id, response_id, question_id);
-- next
ALTER TABLE survey_answers ADD CONSTRAINT fk_survey_answers__survey_responses__response_id FOREIGN KEY(shop_id, response_id) REFERENCES survey_responses (shop_id, id);
-- next
CREATE INDEX ix_case_attachments__case ON case_attachments (shop_id, case_id, created_at, id);
-- next
CREATE INDEX ix_case_attachments__message ON case_attachments (shop_id, message_id) WHERE message_id IS NOT NULL;
-- next
CREATE INDEX ix_case_attachments__origin ON case_attachments (shop_id, origin_case_id);
-- next
ALTER TABLE case_attachments ADD CONSTRAINT fk_case_attachments__case_messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES case_messages (shop_id, id);
-- next
ALTER TABLE case_attachments ADD CONSTRAINT fk_case_attachments__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_attachments ADD CONSTRAINT fk_case_attachments__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
CREATE INDEX ix_case_cost_entries__case ON case_cost_entries (shop_id, case_id);
-- next
CREATE INDEX ix_case_cost_entries__origin ON case_cost_entries (shop_id, origin_case_id);
-- next
CREATE INDEX ix_case_cost_entries__visit ON case_cost_entries (shop_id, visit_id);
-- next
ALTER TABLE case_cost_entries ADD CONSTRAINT fk_case_cost_entries__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_cost_entries ADD CONSTRAINT fk_case_cost_entries__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE case_cost_entries ADD CONSTRAINT fk_case_cost_entries__field_visits__visit_id FOREIGN KEY(shop_id, visit_id) REFERENCES field_visits (shop_id, id);
-- next
CREATE INDEX ix_quality_reviews__agent ON quality_reviews (shop_id, agent_id, created_at, id);
-- next
CREATE INDEX ix_quality_reviews__case ON quality_reviews (shop_id, case_id, created_at, id);
-- next
CREATE INDEX ix_quality_reviews__message ON quality_reviews (shop_id, message_id);
-- next
CREATE INDEX ix_quality_reviews__origin ON quality_reviews (shop_id, origin_case_id);
-- next
CREATE INDEX ix_quality_reviews__reviewer ON quality_reviews (shop_id, reviewer_id);
-- next
CREATE INDEX ix_quality_reviews__scorecard ON quality_reviews (shop_id, scorecard_id);
-- next
CREATE INDEX ix_quality_reviews__walk ON quality_reviews (shop_id, created_at, id);
-- next
ALTER TABLE quality_reviews ADD CONSTRAINT fk_quality_reviews__agents__agent_id FOREIGN KEY(shop_id, agent_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE quality_reviews ADD CONSTRAINT fk_quality_reviews__agents__reviewer_id FOREIGN KEY(shop_id, reviewer_id) REFERENCES agents (shop_id, id);
-- next
ALTER TABLE quality_reviews ADD CONSTRAINT fk_quality_reviews__case_messages__message_id FOREIGN KEY(shop_id, message_id) REFERENCES case_messages (shop_id, id);
-- next
ALTER TABLE quality_reviews ADD CONSTRAINT fk_quality_reviews__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE quality_reviews ADD CONSTRAINT fk_quality_reviews__cases__origin_case_id FOREIGN KEY(shop_id, origin_case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE quality_reviews ADD CONSTRAINT fk_quality_reviews__quality_scorecards__scorecard_id FOREIGN KEY(shop_id, scorecard_id) REFERENCES quality_scorecards (shop_id, id);
-- next
CREATE INDEX ix_sla_events__case ON sla_events (shop_id, case_id, id);
-- next
CREATE UNIQUE INDEX uq_sla_events__once ON sla_events (shop_id, clock_id, type, occurred_at);
-- next
ALTER TABLE sla_events ADD CONSTRAINT fk_sla_events__cases__case_id FOREIGN KEY(shop_id, case_id) REFERENCES cases (shop_id, id);
-- next
ALTER TABLE sla_events ADD CONSTRAINT fk_sla_events__sla_clocks__clock_id FOREIGN KEY(shop_id, clock_id) REFERENCES sla_clocks (shop_id, id);
-- next
CREATE UNIQUE INDEX uq_survey_answer_revisions__number ON survey_answer_revisions (shop_id, answer_id, number);
-- next
ALTER TABLE survey_answer_revisions ADD CONSTRAINT fk_survey_answer_revisions__survey_answers__answer_id FOREIGN KEY(shop_id, answer_id) REFERENCES survey_answers (shop_id, id);
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
GRANT SELECT (client_id, expires_at, hash, id, last_used_at, rate_per_minute, revoked_at, scopes, shop_id) ON api_keys TO aftersales_lookup;
-- next
CREATE POLICY lookup ON api_keys FOR SELECT TO aftersales_lookup USING (true);
-- next
ALTER TABLE appointments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON appointments TO aftersales_app;
-- next
ALTER TABLE appointments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE appointments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON appointments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON appointments TO aftersales_pump;
-- next
CREATE POLICY pump_select ON appointments FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON appointments FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE business_calendars OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON business_calendars TO aftersales_app;
-- next
ALTER TABLE business_calendars ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE business_calendars FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON business_calendars FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE canned_replies OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON canned_replies TO aftersales_app;
-- next
ALTER TABLE canned_replies ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE canned_replies FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON canned_replies FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_automations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_automations TO aftersales_app;
-- next
ALTER TABLE case_automations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_automations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_automations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_categories OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_categories TO aftersales_app;
-- next
ALTER TABLE case_categories ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_categories FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_categories FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_changes OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_changes TO aftersales_app;
-- next
ALTER TABLE case_changes ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_changes FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_changes FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_count_states OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_count_states TO aftersales_app;
-- next
ALTER TABLE case_count_states ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_count_states FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_count_states FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_counters OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_counters TO aftersales_app;
-- next
ALTER TABLE case_counters ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_counters FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_counters FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_countings OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_countings TO aftersales_app;
-- next
ALTER TABLE case_countings ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_countings FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_countings FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON case_countings TO aftersales_pump;
-- next
CREATE POLICY pump_select ON case_countings FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON case_countings FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE case_customer_standings OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_customer_standings TO aftersales_app;
-- next
ALTER TABLE case_customer_standings ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_customer_standings FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_customer_standings FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_figures OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_figures TO aftersales_app;
-- next
ALTER TABLE case_figures ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_figures FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_figures FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_macros OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_macros TO aftersales_app;
-- next
ALTER TABLE case_macros ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_macros FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_macros FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_number_keys OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_number_keys TO aftersales_app;
-- next
ALTER TABLE case_number_keys ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_number_keys FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_number_keys FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_settings OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_settings TO aftersales_app;
-- next
ALTER TABLE case_settings ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_settings FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_settings FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_stays OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_stays TO aftersales_app;
-- next
ALTER TABLE case_stays ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_stays FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_stays FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_sum_pairs OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_sum_pairs TO aftersales_app;
-- next
ALTER TABLE case_sum_pairs ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_sum_pairs FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_sum_pairs FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_sum_times OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_sum_times TO aftersales_app;
-- next
ALTER TABLE case_sum_times ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_sum_times FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_sum_times FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_sums OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_sums TO aftersales_app;
-- next
ALTER TABLE case_sums ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_sums FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_sums FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE connections OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON connections TO aftersales_app;
-- next
ALTER TABLE connections ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE connections FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON connections FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (enabled, id, last_received_at, removed_at, secrets, settings, shop_id, source, verified_at, version) ON connections TO aftersales_lookup;
-- next
CREATE POLICY lookup ON connections FOR SELECT TO aftersales_lookup USING (true);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON connections TO aftersales_pump;
-- next
CREATE POLICY pump_select ON connections FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON connections FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE contact_policies OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_policies TO aftersales_app;
-- next
ALTER TABLE contact_policies ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE contact_policies FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON contact_policies FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE customer_tombstones OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON customer_tombstones TO aftersales_app;
-- next
ALTER TABLE customer_tombstones ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE customer_tombstones FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON customer_tombstones FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE customers OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON customers TO aftersales_app;
-- next
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON customers FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE escalation_rules OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON escalation_rules TO aftersales_app;
-- next
ALTER TABLE escalation_rules ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE escalation_rules FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON escalation_rules FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
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
ALTER TABLE flows OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON flows TO aftersales_app;
-- next
ALTER TABLE flows ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE flows FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON flows FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
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
ALTER TABLE kb_categories OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON kb_categories TO aftersales_app;
-- next
ALTER TABLE kb_categories ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE kb_categories FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON kb_categories FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE message_gateways OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON message_gateways TO aftersales_app;
-- next
ALTER TABLE message_gateways ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE message_gateways FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON message_gateways FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE order_lookups OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON order_lookups TO aftersales_app;
-- next
ALTER TABLE order_lookups ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE order_lookups FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON order_lookups FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE products OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON products TO aftersales_app;
-- next
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE products FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON products FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE quality_scorecards OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON quality_scorecards TO aftersales_app;
-- next
ALTER TABLE quality_scorecards ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE quality_scorecards FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON quality_scorecards FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE reminders OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON reminders TO aftersales_app;
-- next
ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE reminders FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON reminders FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON reminders TO aftersales_pump;
-- next
CREATE POLICY pump_select ON reminders FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON reminders FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE repair_orders OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON repair_orders TO aftersales_app;
-- next
ALTER TABLE repair_orders ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE repair_orders FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON repair_orders FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON repair_orders TO aftersales_pump;
-- next
CREATE POLICY pump_select ON repair_orders FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON repair_orders FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE return_policy_simulations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_policy_simulations TO aftersales_app;
-- next
ALTER TABLE return_policy_simulations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_policy_simulations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_policy_simulations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_policy_versions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_policy_versions TO aftersales_app;
-- next
ALTER TABLE return_policy_versions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_policy_versions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_policy_versions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_reasons OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_reasons TO aftersales_app;
-- next
ALTER TABLE return_reasons ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_reasons FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_reasons FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_settings OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_settings TO aftersales_app;
-- next
ALTER TABLE return_settings ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_settings FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_settings FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_timers OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_timers TO aftersales_app;
-- next
ALTER TABLE return_timers ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_timers FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_timers FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON return_timers TO aftersales_pump;
-- next
CREATE POLICY pump_select ON return_timers FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON return_timers FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE return_transitions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_transitions TO aftersales_app;
-- next
ALTER TABLE return_transitions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_transitions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_transitions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
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
GRANT SELECT (clock_offset, clock_pinned_at, id, mode) ON shops TO aftersales_lookup;
-- next
CREATE POLICY lookup ON shops FOR SELECT TO aftersales_lookup USING (true);
-- next
GRANT SELECT (id, clock_offset, clock_pinned_at, clock_lease_until, mode), UPDATE (clock_offset, clock_pinned_at, clock_lease_until) ON shops TO aftersales_pump;
-- next
CREATE POLICY pump ON shops FOR ALL TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE sla_policies OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_policies TO aftersales_app;
-- next
ALTER TABLE sla_policies ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_policies FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_policies FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE sla_simulations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_simulations TO aftersales_app;
-- next
ALTER TABLE sla_simulations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_simulations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_simulations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE suppressions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON suppressions TO aftersales_app;
-- next
ALTER TABLE suppressions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE suppressions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON suppressions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE surveys OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON surveys TO aftersales_app;
-- next
ALTER TABLE surveys ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE surveys FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON surveys FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE teams OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON teams TO aftersales_app;
-- next
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE teams FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON teams FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE templates OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON templates TO aftersales_app;
-- next
ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE templates FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON templates FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE waiting_scans OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON waiting_scans TO aftersales_app;
-- next
ALTER TABLE waiting_scans ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE waiting_scans FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON waiting_scans FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE warranty_plans OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON warranty_plans TO aftersales_app;
-- next
ALTER TABLE warranty_plans ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE warranty_plans FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON warranty_plans FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE warranty_settings OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON warranty_settings TO aftersales_app;
-- next
ALTER TABLE warranty_settings ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE warranty_settings FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON warranty_settings FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE warranty_transitions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON warranty_transitions TO aftersales_app;
-- next
ALTER TABLE warranty_transitions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE warranty_transitions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON warranty_transitions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
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
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON webhook_endpoints TO aftersales_pump;
-- next
CREATE POLICY pump_select ON webhook_endpoints FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON webhook_endpoints FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
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
ALTER TABLE workers OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO aftersales_app;
-- next
ALTER TABLE agents OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON agents TO aftersales_app;
-- next
ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE agents FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON agents FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON agents TO aftersales_pump;
-- next
CREATE POLICY pump_select ON agents FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON agents FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE business_calendar_versions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON business_calendar_versions TO aftersales_app;
-- next
ALTER TABLE business_calendar_versions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE business_calendar_versions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON business_calendar_versions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE channel_accounts OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_accounts TO aftersales_app;
-- next
ALTER TABLE channel_accounts ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE channel_accounts FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON channel_accounts FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE consents OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON consents TO aftersales_app;
-- next
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE consents FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON consents FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE customer_identities OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON customer_identities TO aftersales_app;
-- next
ALTER TABLE customer_identities ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE customer_identities FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON customer_identities FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE flow_versions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON flow_versions TO aftersales_app;
-- next
ALTER TABLE flow_versions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE flow_versions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON flow_versions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE inbound_deliveries OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON inbound_deliveries TO aftersales_app;
-- next
ALTER TABLE inbound_deliveries ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE inbound_deliveries FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON inbound_deliveries FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON inbound_deliveries TO aftersales_pump;
-- next
CREATE POLICY pump_select ON inbound_deliveries FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON inbound_deliveries FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE kb_articles OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON kb_articles TO aftersales_app;
-- next
ALTER TABLE kb_articles ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE kb_articles FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON kb_articles FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, visibility) ON kb_articles TO aftersales_lookup;
-- next
CREATE POLICY lookup ON kb_articles FOR SELECT TO aftersales_lookup USING (true);
-- next
ALTER TABLE orders OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO aftersales_app;
-- next
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON orders FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE privacy_requests OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON privacy_requests TO aftersales_app;
-- next
ALTER TABLE privacy_requests ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE privacy_requests FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON privacy_requests FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON privacy_requests TO aftersales_pump;
-- next
CREATE POLICY pump_select ON privacy_requests FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON privacy_requests FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE run_refusals OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON run_refusals TO aftersales_app;
-- next
ALTER TABLE run_refusals ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE run_refusals FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON run_refusals FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE sla_policy_versions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_policy_versions TO aftersales_app;
-- next
ALTER TABLE sla_policy_versions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_policy_versions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_policy_versions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE sla_simulation_changes OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_simulation_changes TO aftersales_app;
-- next
ALTER TABLE sla_simulation_changes ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_simulation_changes FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_simulation_changes FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE sla_simulation_parts OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_simulation_parts TO aftersales_app;
-- next
ALTER TABLE sla_simulation_parts ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_simulation_parts FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_simulation_parts FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE survey_versions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_versions TO aftersales_app;
-- next
ALTER TABLE survey_versions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_versions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_versions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE template_versions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON template_versions TO aftersales_app;
-- next
ALTER TABLE template_versions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE template_versions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON template_versions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
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
ALTER TABLE change_requests OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON change_requests TO aftersales_app;
-- next
ALTER TABLE change_requests ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE change_requests FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON change_requests FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE delivery_claims OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_claims TO aftersales_app;
-- next
ALTER TABLE delivery_claims ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE delivery_claims FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON delivery_claims FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE followup_runs OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON followup_runs TO aftersales_app;
-- next
ALTER TABLE followup_runs ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE followup_runs FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON followup_runs FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON followup_runs TO aftersales_pump;
-- next
CREATE POLICY pump_select ON followup_runs FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON followup_runs FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE kb_article_translations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON kb_article_translations TO aftersales_app;
-- next
ALTER TABLE kb_article_translations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE kb_article_translations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON kb_article_translations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (article_id, cfg, id, locale, search, shop_id, status) ON kb_article_translations TO aftersales_lookup;
-- next
CREATE POLICY lookup ON kb_article_translations FOR SELECT TO aftersales_lookup USING (true);
-- next
ALTER TABLE kb_feedback OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON kb_feedback TO aftersales_app;
-- next
ALTER TABLE kb_feedback ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE kb_feedback FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON kb_feedback FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE kb_searches OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON kb_searches TO aftersales_app;
-- next
ALTER TABLE kb_searches ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE kb_searches FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON kb_searches FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE messages OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON messages TO aftersales_app;
-- next
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON messages FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON messages TO aftersales_pump;
-- next
CREATE POLICY pump_select ON messages FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON messages FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE order_lines OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON order_lines TO aftersales_app;
-- next
ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE order_lines FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON order_lines FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE order_moments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON order_moments TO aftersales_app;
-- next
ALTER TABLE order_moments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE order_moments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON order_moments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE order_payments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON order_payments TO aftersales_app;
-- next
ALTER TABLE order_payments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE order_payments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON order_payments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE order_refunds OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON order_refunds TO aftersales_app;
-- next
ALTER TABLE order_refunds ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE order_refunds FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON order_refunds FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE platform_cases OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON platform_cases TO aftersales_app;
-- next
ALTER TABLE platform_cases ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE platform_cases FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON platform_cases FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_portal_links OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_portal_links TO aftersales_app;
-- next
ALTER TABLE return_portal_links ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_portal_links FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_portal_links FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (expires_at, is_gift, order_id, shop_id, token_hash) ON return_portal_links TO aftersales_lookup;
-- next
CREATE POLICY lookup ON return_portal_links FOR SELECT TO aftersales_lookup USING (true);
-- next
ALTER TABLE returns OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON returns TO aftersales_app;
-- next
ALTER TABLE returns ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE returns FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON returns FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE shipments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON shipments TO aftersales_app;
-- next
ALTER TABLE shipments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE shipments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON shipments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE survey_invitations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_invitations TO aftersales_app;
-- next
ALTER TABLE survey_invitations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_invitations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_invitations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, token_hash) ON survey_invitations TO aftersales_lookup;
-- next
CREATE POLICY lookup ON survey_invitations FOR SELECT TO aftersales_lookup USING (true);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON survey_invitations TO aftersales_pump;
-- next
CREATE POLICY pump_select ON survey_invitations FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON survey_invitations FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE team_members OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON team_members TO aftersales_app;
-- next
ALTER TABLE team_members ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE team_members FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON team_members FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE warranty_registrations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON warranty_registrations TO aftersales_app;
-- next
ALTER TABLE warranty_registrations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE warranty_registrations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON warranty_registrations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON warranty_registrations TO aftersales_pump;
-- next
CREATE POLICY pump_select ON warranty_registrations FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON warranty_registrations FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
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
ALTER TABLE withdrawal_evidence OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON withdrawal_evidence TO aftersales_app;
-- next
ALTER TABLE withdrawal_evidence ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE withdrawal_evidence FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON withdrawal_evidence FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE cases OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON cases TO aftersales_app;
-- next
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE cases FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON cases FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE contact_decisions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_decisions TO aftersales_app;
-- next
ALTER TABLE contact_decisions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE contact_decisions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON contact_decisions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE exchanges OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON exchanges TO aftersales_app;
-- next
ALTER TABLE exchanges ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE exchanges FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON exchanges FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE message_attempts OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON message_attempts TO aftersales_app;
-- next
ALTER TABLE message_attempts ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE message_attempts FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON message_attempts FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE parcel_keys OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON parcel_keys TO aftersales_app;
-- next
ALTER TABLE parcel_keys ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE parcel_keys FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON parcel_keys FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE refunds OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON refunds TO aftersales_app;
-- next
ALTER TABLE refunds ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE refunds FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON refunds FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON refunds TO aftersales_pump;
-- next
CREATE POLICY pump_select ON refunds FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON refunds FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE return_items OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_items TO aftersales_app;
-- next
ALTER TABLE return_items ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_items FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_items FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_receipts OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_receipts TO aftersales_app;
-- next
ALTER TABLE return_receipts ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_receipts FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_receipts FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_shipments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_shipments TO aftersales_app;
-- next
ALTER TABLE return_shipments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_shipments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_shipments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE run_steps OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON run_steps TO aftersales_app;
-- next
ALTER TABLE run_steps ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE run_steps FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON run_steps FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE survey_invitation_messages OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_invitation_messages TO aftersales_app;
-- next
ALTER TABLE survey_invitation_messages ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_invitation_messages FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_invitation_messages FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE survey_rating_intents OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_rating_intents TO aftersales_app;
-- next
ALTER TABLE survey_rating_intents ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_rating_intents FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_rating_intents FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON survey_rating_intents TO aftersales_pump;
-- next
CREATE POLICY pump_select ON survey_rating_intents FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON survey_rating_intents FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE survey_responses OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_responses TO aftersales_app;
-- next
ALTER TABLE survey_responses ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_responses FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_responses FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE tracking_events OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON tracking_events TO aftersales_app;
-- next
ALTER TABLE tracking_events ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE tracking_events FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON tracking_events FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE warranty_claims OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON warranty_claims TO aftersales_app;
-- next
ALTER TABLE warranty_claims ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE warranty_claims FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON warranty_claims FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE withdrawals OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON withdrawals TO aftersales_app;
-- next
ALTER TABLE withdrawals ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE withdrawals FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON withdrawals FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_assignments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_assignments TO aftersales_app;
-- next
ALTER TABLE case_assignments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_assignments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_assignments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_automation_runs OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_automation_runs TO aftersales_app;
-- next
ALTER TABLE case_automation_runs ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_automation_runs FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_automation_runs FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_counted OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_counted TO aftersales_app;
-- next
ALTER TABLE case_counted ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_counted FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_counted FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_events OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_events TO aftersales_app;
-- next
ALTER TABLE case_events ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_events FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_events FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_links OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_links TO aftersales_app;
-- next
ALTER TABLE case_links ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_links FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_links FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_messages OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_messages TO aftersales_app;
-- next
ALTER TABLE case_messages ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_messages FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_messages FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_openings OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_openings TO aftersales_app;
-- next
ALTER TABLE case_openings ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_openings FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_openings FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_participants OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_participants TO aftersales_app;
-- next
ALTER TABLE case_participants ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_participants FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_participants FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_time_entries OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_time_entries TO aftersales_app;
-- next
ALTER TABLE case_time_entries ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_time_entries FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_time_entries FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_timers OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_timers TO aftersales_app;
-- next
ALTER TABLE case_timers ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_timers FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_timers FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON case_timers TO aftersales_pump;
-- next
CREATE POLICY pump_select ON case_timers FOR SELECT TO aftersales_pump USING (true);
-- next
CREATE POLICY pump_update ON case_timers FOR UPDATE TO aftersales_pump USING (true) WITH CHECK (true);
-- next
ALTER TABLE escalations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON escalations TO aftersales_app;
-- next
ALTER TABLE escalations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE escalations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON escalations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE field_visits OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON field_visits TO aftersales_app;
-- next
ALTER TABLE field_visits ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE field_visits FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON field_visits FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE internal_feedback OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON internal_feedback TO aftersales_app;
-- next
ALTER TABLE internal_feedback ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE internal_feedback FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON internal_feedback FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE refund_allocations OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON refund_allocations TO aftersales_app;
-- next
ALTER TABLE refund_allocations ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE refund_allocations FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON refund_allocations FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE refund_lines OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON refund_lines TO aftersales_app;
-- next
ALTER TABLE refund_lines ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE refund_lines FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON refund_lines FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_inspections OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_inspections TO aftersales_app;
-- next
ALTER TABLE return_inspections ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_inspections FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_inspections FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE return_resolutions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON return_resolutions TO aftersales_app;
-- next
ALTER TABLE return_resolutions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE return_resolutions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON return_resolutions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE sla_clocks OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_clocks TO aftersales_app;
-- next
ALTER TABLE sla_clocks ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_clocks FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_clocks FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE survey_answers OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_answers TO aftersales_app;
-- next
ALTER TABLE survey_answers ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_answers FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_answers FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_attachments OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_attachments TO aftersales_app;
-- next
ALTER TABLE case_attachments ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_attachments FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_attachments FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE case_cost_entries OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON case_cost_entries TO aftersales_app;
-- next
ALTER TABLE case_cost_entries ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE case_cost_entries FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON case_cost_entries FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE quality_reviews OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON quality_reviews TO aftersales_app;
-- next
ALTER TABLE quality_reviews ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE quality_reviews FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON quality_reviews FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE sla_events OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_events TO aftersales_app;
-- next
ALTER TABLE sla_events ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE sla_events FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON sla_events FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
ALTER TABLE survey_answer_revisions OWNER TO aftersales_owner;
-- next
GRANT SELECT, INSERT, UPDATE, DELETE ON survey_answer_revisions TO aftersales_app;
-- next
ALTER TABLE survey_answer_revisions ENABLE ROW LEVEL SECURITY;
-- next
ALTER TABLE survey_answer_revisions FORCE ROW LEVEL SECURITY;
-- next
CREATE POLICY shop_isolation ON survey_answer_revisions FOR ALL USING (shop_id = nullif(current_setting('app.shop', true), '')::uuid) WITH CHECK (shop_id = nullif(current_setting('app.shop', true), '')::uuid);
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - TG_ARGV) = (to_jsonb(NEW) - TG_ARGV) THEN RETURN NEW; END IF; IF TG_OP = 'DELETE' AND current_setting('app.erasing', true) = 'on' THEN RETURN OLD; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON business_calendar_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON case_events FOR EACH ROW EXECUTE FUNCTION refuse_change('before', 'after');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change('customer_id', 'evidence');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON contact_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change('customer_id');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON contact_policies FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change('data');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON flow_versions FOR EACH ROW EXECUTE FUNCTION refuse_change('published_at');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON return_transitions FOR EACH ROW EXECUTE FUNCTION refuse_change('reason');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON run_refusals FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON run_steps FOR EACH ROW EXECUTE FUNCTION refuse_change('inputs');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sla_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sla_policy_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON survey_answer_revisions FOR EACH ROW EXECUTE FUNCTION refuse_change('value_text');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON survey_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON template_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON warranty_transitions FOR EACH ROW EXECUTE FUNCTION refuse_change('reason');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON webhook_attempts FOR EACH ROW EXECUTE FUNCTION refuse_change('response');
-- next
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON withdrawal_evidence FOR EACH ROW EXECUTE FUNCTION refuse_change('content');
-- next

CREATE OR REPLACE FUNCTION authenticate(key_hash bytea)
RETURNS TABLE (shop_id uuid, key_id uuid, client_id uuid, scopes text[], mode text, clock_offset interval,
               clock_pinned_at timestamptz, stale boolean, rate integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT k.shop_id, k.id, k.client_id, ARRAY(SELECT jsonb_array_elements_text(k.scopes)), s.mode, s.clock_offset,
         s.clock_pinned_at, k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute', k.rate_per_minute
    INTO authenticate.shop_id, authenticate.key_id, authenticate.client_id, authenticate.scopes, authenticate.mode,
         authenticate.clock_offset, authenticate.clock_pinned_at, authenticate.stale, authenticate.rate
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
GRANT EXECUTE ON FUNCTION authenticate(bytea) TO aftersales_app;
-- next

CREATE FUNCTION case_touched(shop uuid, cases uuid[], at timestamptz) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO case_changes (shop_id, case_id) SELECT shop, unnest(cases);
  IF NOT EXISTS (SELECT FROM case_countings WHERE shop_id = shop AND queued_at IS NULL AND due_at > at + interval '1 second') THEN
    INSERT INTO case_countings (shop_id, id, due_at) VALUES (shop, gen_random_uuid(), at + interval '2 seconds');
  END IF;
END $$;
-- next

CREATE FUNCTION case_touched_by_lines() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(c.shop_id, array_agg(c.id), max(c.updated_at))
  FROM (SELECT DISTINCT shop_id, order_id FROM added) a
  JOIN cases c ON c.shop_id = a.shop_id AND c.order_id = a.order_id GROUP BY c.shop_id;
  RETURN NULL;
END $$;
-- next

CREATE FUNCTION case_touched_by_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(shop_id, array_agg(DISTINCT case_id), max(recorded_at)) FROM added GROUP BY shop_id;
  RETURN NULL;
END $$;
-- next

CREATE FUNCTION case_touched_by_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(NEW.shop_id, array_agg(c.id), max(c.updated_at))
  FROM cases c WHERE c.shop_id = NEW.shop_id AND c.order_id = NEW.order_id HAVING count(*) > 0;
  RETURN NULL;
END $$;
-- next

CREATE FUNCTION case_touched_by_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(NEW.shop_id, ARRAY[NEW.id], NEW.updated_at);
  RETURN NULL;
END $$;
-- next

CREATE OR REPLACE FUNCTION customer_told(of_shop uuid, of_customer uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object('returns', 
coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.id, 'rma_number', r.rma_number, 'order_id', r.order_id, 'status', r.status,
    'refund_status', r.refund_status, 'requested_at', r.requested_at) ORDER BY r.created_at DESC, r.id DESC)
  FROM (SELECT * FROM returns WHERE shop_id = of_shop AND customer_id = of_customer ORDER BY created_at DESC, id DESC LIMIT 5) r), '[]')
, 'scores', 
coalesce((SELECT jsonb_agg(jsonb_build_object('response_id', a.id, 'survey_key', s.key, 'measure', a.measure, 'score', a.score,
    'is_low', coalesce(a.is_low, false), 'order_id', a.order_id, 'answered_at', a.started_at) ORDER BY a.created_at DESC, a.id DESC)
  FROM (SELECT * FROM survey_responses WHERE shop_id = of_shop AND customer_id = of_customer AND score IS NOT NULL
          AND measure IS NOT NULL AND discarded_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 5) a
  JOIN surveys s ON s.shop_id = a.shop_id AND s.id = a.survey_id), '[]')
);
END $$;
-- next

CREATE OR REPLACE FUNCTION hot_case(hash bytea, wanted uuid, known text)
RETURNS TABLE (key_id uuid, scopes text[], shop_id uuid, stale boolean, rate integer, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT to_jsonb(o) || jsonb_build_object('context', CASE WHEN o.customer_id IS NOT NULL THEN 
jsonb_build_object(
  'customer', (SELECT jsonb_build_object('id', c.id, 'first_name', c.first_name, 'last_name', c.last_name, 'email', c.email,
      'phone', c.phone, 'locale', c.locale, 'country', c.country, 'tags', c.tags, 'customer_since', c.created_at)
    FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id),
  'standing', (SELECT jsonb_build_object('tier', s.tier, 'segments', s.segments) FROM case_customer_standings s
    WHERE s.shop_id = o.shop_id AND s.id = o.customer_id),
  'orders', coalesce((
SELECT jsonb_agg(jsonb_build_object('id', n.id, 'number', n.number, 'status', n.status, 'financial_status', n.financial_status,
    'fulfilment_status', n.fulfilment_status, 'delivery_status', n.delivery_status, 'total_minor', n.total_minor, 'currency', n.currency,
    'placed_at', n.placed_at, 'delivered_at', n.delivered_at) ORDER BY n.is_own DESC, n.created_at DESC, n.id DESC)
FROM (
  SELECT * FROM (
    SELECT true AS is_own, f.* FROM orders f WHERE f.shop_id = o.shop_id AND f.id = o.order_id AND f.customer_id = o.customer_id
    UNION ALL
    (SELECT false, g.* FROM orders g WHERE g.shop_id = o.shop_id AND g.customer_id = o.customer_id AND g.id IS DISTINCT FROM o.order_id
     ORDER BY g.created_at DESC, g.id DESC LIMIT 5)) every
  ORDER BY is_own DESC, created_at DESC, id DESC LIMIT 5) n
), '[]'),
  'orders_count', (SELECT count(*) FROM orders p WHERE p.shop_id = o.shop_id AND p.customer_id = o.customer_id),
  'cases', coalesce((
SELECT jsonb_agg(jsonb_build_object('id', n.id, 'number', n.number, 'subject', n.subject, 'status', n.status, 'opened_at', n.opened_at)
    ORDER BY n.created_at DESC, n.id DESC)
FROM (SELECT * FROM cases k WHERE k.shop_id = o.shop_id AND k.customer_id = o.customer_id AND k.id <> o.id
        AND k.status NOT IN ('merged', 'spam') ORDER BY k.created_at DESC, k.id DESC LIMIT 5) n
), '[]'),
  'open_cases_count', (SELECT count(*) FROM cases k WHERE k.shop_id = o.shop_id AND k.customer_id = o.customer_id
    AND k.status IN ('new', 'on_hold', 'open', 'pending'))
) || customer_told(o.shop_id, o.customer_id)
 END) INTO document FROM cases o WHERE o.shop_id = hot_case.shop_id AND o.id = wanted;
  stamp := md5(document::text);
  IF stamp = known THEN document := NULL; END IF;
  RETURN NEXT;
END $$;
-- next

CREATE OR REPLACE FUNCTION hot_customer(hash bytea, wanted uuid, known text)
RETURNS TABLE (key_id uuid, scopes text[], shop_id uuid, stale boolean, rate integer, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT 
to_jsonb(o) || jsonb_build_object('identities', coalesce((SELECT jsonb_agg(to_jsonb(i) ORDER BY i.id) FROM customer_identities i
  WHERE i.shop_id = o.shop_id AND i.customer_id = o.id), '[]'))
 INTO document FROM customers o WHERE o.shop_id = hot_customer.shop_id AND o.id = wanted;
  stamp := md5(document::text);
  IF stamp = known THEN document := NULL; END IF;
  RETURN NEXT;
END $$;
-- next

CREATE OR REPLACE FUNCTION hot_order(hash bytea, wanted uuid, known text)
RETURNS TABLE (key_id uuid, scopes text[], shop_id uuid, stale boolean, rate integer, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  stamp := order_stamp(shop_id, wanted);
  IF stamp IS NOT NULL AND known IS DISTINCT FROM stamp THEN
    SELECT to_jsonb(o) || jsonb_build_object(
  'customer', (SELECT to_jsonb(c) FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id),
  'lines', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.position, c.id) FROM order_lines c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]'),
  'payments', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM order_payments c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]'),
  'refunds', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.created_at, c.id) FROM order_refunds c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]'),
  'shipments', 
coalesce((SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('events',
    coalesce((SELECT jsonb_agg(to_jsonb(e) ORDER BY e.occurred_at, e.id) FROM tracking_events e
              WHERE e.shop_id = p.shop_id AND e.shipment_id = p.id), '[]')) ORDER BY p.created_at, p.id)
  FROM shipments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id), '[]')
) INTO document FROM orders o WHERE o.shop_id = hot_order.shop_id AND o.id = wanted;
  END IF;
  RETURN NEXT;
END $$;
-- next

CREATE OR REPLACE FUNCTION hot_order_documents(shop uuid, wanted uuid[])
RETURNS TABLE (id uuid, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.shop', shop::text, true);
  RETURN QUERY SELECT o.id, order_stamp(o.shop_id, o.id), to_jsonb(o) || jsonb_build_object(
  'customer', (SELECT to_jsonb(c) FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id),
  'lines', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.position, c.id) FROM order_lines c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]'),
  'payments', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM order_payments c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]'),
  'refunds', coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.created_at, c.id) FROM order_refunds c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]'),
  'shipments', 
coalesce((SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('events',
    coalesce((SELECT jsonb_agg(to_jsonb(e) ORDER BY e.occurred_at, e.id) FROM tracking_events e
              WHERE e.shop_id = p.shop_id AND e.shipment_id = p.id), '[]')) ORDER BY p.created_at, p.id)
  FROM shipments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id), '[]')
) FROM orders o WHERE o.shop_id = shop AND o.id = ANY(wanted);
END $$;
-- next

CREATE OR REPLACE FUNCTION hot_orders(hash bytea, most integer, after_at timestamptz, after_id uuid)
RETURNS TABLE (key_id uuid, scopes text[], shop_id uuid, stale boolean, rate integer, id uuid, created_at timestamptz, stamp text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT hot_orders.key_id, hot_orders.scopes, hot_orders.shop_id, hot_orders.stale,
    hot_orders.rate, o.id, o.created_at,
    order_stamp(o.shop_id, o.id)
    FROM orders o WHERE o.shop_id = hot_orders.shop_id
      AND (o.created_at, o.id) < (coalesce(after_at, 'infinity'), coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY o.created_at DESC, o.id DESC LIMIT most;
END $$;
-- next

CREATE OR REPLACE FUNCTION hot_scene(hash bytea, wanted uuid, known text)
RETURNS TABLE (key_id uuid, scopes text[], stale boolean, rate integer, clock_offset interval, clock_pinned_at timestamptz,
               recent bigint, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE caller record;
BEGIN
  SELECT * INTO caller FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  key_id := caller.key_id; scopes := caller.scopes; stale := caller.stale; rate := caller.rate;
  clock_offset := caller.clock_offset; clock_pinned_at := caller.clock_pinned_at;
  SELECT concat_ws('|', o.xmin, s.xmin, (SELECT k.xmin FROM customers k WHERE k.shop_id = o.shop_id AND k.id = o.customer_id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM order_lines c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM order_payments c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM order_refunds c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM refunds c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM shipments c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM exchanges c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM returns c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM return_policy_versions c WHERE c.shop_id = o.shop_id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM return_settings c WHERE c.shop_id = o.shop_id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM return_reasons c WHERE c.shop_id = o.shop_id)), (SELECT count(*) FROM returns t WHERE t.shop_id = o.shop_id AND t.customer_id = o.customer_id
   AND t.created_at > coalesce(caller.clock_pinned_at, now() + caller.clock_offset) - interval '90 days')
    INTO stamp, recent FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.shop_id = caller.shop_id AND o.id = wanted;
  IF stamp IS NOT NULL AND known IS DISTINCT FROM stamp THEN
    SELECT to_jsonb(x) INTO document FROM (SELECT 
 to_jsonb(o) - 'shipping_address' - 'extra' - 'held_over' AS the_order, o.shipping_address ->> 'region' AS region,
 (SELECT to_jsonb(k.tags) FROM customers k WHERE k.shop_id = o.shop_id AND k.id = o.customer_id) AS customer_tags,
 s.timezone, s.country AS shop_country, s.locales, s.name AS shop_name,
 (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position, l.id) FROM order_lines l
   WHERE l.shop_id = o.shop_id AND l.order_id = o.id AND NOT l.is_removed) AS lines,
 (SELECT jsonb_agg(to_jsonb(p)) FROM order_payments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id
   AND p.status = 'succeeded') AS payments,
 (SELECT jsonb_agg(to_jsonb(r)) FROM order_refunds r WHERE r.shop_id = o.shop_id AND r.order_id = o.id) AS platform_refunds,
 (SELECT jsonb_agg(to_jsonb(f)) FROM refunds f WHERE f.shop_id = o.shop_id AND f.order_id = o.id) AS refunds,
 (SELECT max(h.shipped_at) FROM shipments h WHERE h.shop_id = o.shop_id AND h.order_id = o.id AND NOT h.is_cancelled) AS shipped_at,
 (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.number) FROM return_policy_versions v WHERE v.shop_id = o.shop_id) AS versions,
 (SELECT jsonb_build_object('choices', c.choices, 'gateway_url', c.gateway_url) FROM return_settings c WHERE c.shop_id = o.shop_id) AS settings,
 (SELECT jsonb_agg(to_jsonb(a)) FROM return_reasons a WHERE a.shop_id = o.shop_id) AS reasons,
 (SELECT jsonb_agg(i.order_line_id) FROM exchanges e JOIN return_items i ON i.shop_id = e.shop_id AND i.return_id = e.return_id
   WHERE e.shop_id = o.shop_id AND e.order_id = o.id AND e.status NOT IN ('cancelled', 'converted_to_refund')) AS in_exchange
 FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.shop_id = caller.shop_id AND o.id = wanted) x;
  END IF;
  RETURN NEXT;
END $$;
-- next

CREATE OR REPLACE FUNCTION inbound_connection(wanted uuid)
RETURNS TABLE (shop_id uuid, source text, enabled boolean, version integer, settings jsonb, secrets jsonb,
               verified_at timestamptz, last_received_at timestamptz, shop_ahead interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.shop_id, k.source::text, k.enabled, k.version, k.settings, k.secrets, k.verified_at, k.last_received_at,
         coalesce(s.clock_pinned_at - clock_timestamp(), s.clock_offset)
    FROM public.connections k JOIN public.shops s ON s.id = k.shop_id WHERE k.id = wanted AND k.removed_at IS NULL
$$;
-- next
ALTER FUNCTION inbound_connection(uuid) OWNER TO aftersales_lookup;
-- next
REVOKE ALL ON FUNCTION inbound_connection(uuid) FROM PUBLIC;
-- next
GRANT EXECUTE ON FUNCTION inbound_connection(uuid) TO aftersales_app;
-- next
CREATE FUNCTION kb_matches(asked_query text, configs text[], asked_locale text, asked_language text, internal boolean, most int)
RETURNS TABLE (id uuid, fit real) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT c.name::regconfig AS cfg,
           websearch_to_tsquery(c.name::regconfig, asked_query) || websearch_to_tsquery(c.name::regconfig, translate(lower(normalize(asked_query, NFC)), 'áàâäãåéèêëíìîïóòôöõúùûüñç', 'aaaaaaeeeeiiiiooooouuuunc')) AS q
    FROM unnest(configs) AS c(name)
  ), ranked AS (
    SELECT t.shop_id, t.id, t.article_id, ts_rank(t.search, asked.q) AS fit
    FROM asked JOIN public.kb_article_translations t ON t.cfg = asked.cfg AND t.search @@ asked.q
    WHERE t.shop_id = nullif(current_setting('app.shop', true), '')::uuid AND t.status = 'published'
      AND (asked_locale IS NULL OR t.locale = asked_locale OR t.locale LIKE asked_language)
    ORDER BY fit DESC, t.article_id)
  SELECT r.id, r.fit FROM ranked r CROSS JOIN LATERAL (
    SELECT FROM public.kb_articles a
    WHERE a.shop_id = r.shop_id AND a.id = r.article_id AND (internal OR a.visibility = 'public')) a
  LIMIT most
$$;
-- next
ALTER FUNCTION kb_matches(text, text[], text, text, boolean, int) OWNER TO aftersales_lookup;
-- next
REVOKE ALL ON FUNCTION kb_matches(text, text[], text, text, boolean, int) FROM PUBLIC;
-- next
GRANT EXECUTE ON FUNCTION kb_matches(text, text[], text, text, boolean, int) TO aftersales_app;
-- next

CREATE OR REPLACE FUNCTION keep_deliveries(shop uuid, ids uuid[], connections_ uuid[], versions integer[], job_ids uuid[],
  sources text[], topics text[], resources text[], dedupes text[], guards text[], replays text[], tests boolean[],
  headers_ text[], bodies bytea[], sizes integer[], statuses text[], traces text[])
RETURNS TABLE (id uuid, is_kept boolean, is_current boolean, existing uuid) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE kept_ids uuid[]; shop_now timestamptz;
BEGIN
  PERFORM set_config('app.shop', shop::text, true);
  SELECT coalesce(s.clock_pinned_at, clock_timestamp() + s.clock_offset) INTO shop_now FROM shops s WHERE s.id = shop;
  WITH good AS (
    SELECT c.* FROM unnest(ids, connections_, versions, job_ids, sources, topics, resources, dedupes, guards, replays, tests,
                           headers_, bodies, sizes, statuses, traces)
      AS c(id, connection_id, version, job_id, source, topic, resource, dedupe, guard, replay, is_test, headers, body, size, status,
           trace)
      JOIN connections k ON k.shop_id = shop AND k.id = c.connection_id AND k.version = c.version AND k.enabled
       AND k.removed_at IS NULL
  ), kept AS (
    INSERT INTO inbound_deliveries AS d (shop_id, id, connection_id, source, topic, resource, dedupe_key, guard_key, replay_key,
      status, attempts, is_test, headers, body, body_bytes, event_ids, people, received_at)
    SELECT shop, good.id, good.connection_id, good.source, good.topic, good.resource, good.dedupe, good.guard, good.replay,
      good.status, 0, good.is_test, good.headers::jsonb, good.body, good.size, '[]'::jsonb, '[]'::jsonb, shop_now
    FROM good ORDER BY good.dedupe
    ON CONFLICT DO NOTHING RETURNING d.id
  ), queued AS (
    INSERT INTO jobs (shop_id, id, kind, ref, args, trace, status, attempts)
    SELECT shop, good.job_id, 'inbox.process', good.id, '{}'::jsonb, good.trace, 'waiting', 0
    FROM good JOIN kept ON kept.id = good.id WHERE good.status = 'received'
  )
  SELECT coalesce(array_agg(kept.id), '{}') INTO kept_ids FROM kept;
  RETURN QUERY
  SELECT c.id, c.id = ANY(kept_ids), k.id IS NOT NULL, twin.id
    FROM unnest(ids, connections_, versions, dedupes, guards, replays) AS c(id, connection_id, version, dedupe, guard, replay)
    LEFT JOIN connections k ON k.shop_id = shop AND k.id = c.connection_id AND k.version = c.version AND k.enabled
     AND k.removed_at IS NULL
    LEFT JOIN LATERAL (
      SELECT d.id FROM inbound_deliveries d
       WHERE NOT c.id = ANY(kept_ids) AND d.shop_id = shop AND d.connection_id = c.connection_id
         AND (d.dedupe_key = c.dedupe OR d.guard_key = c.guard OR d.replay_key = c.replay)
       ORDER BY d.id LIMIT 1) twin ON true;
END $$;
-- next

CREATE OR REPLACE FUNCTION note_heard(shop uuid, connection uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE shop_now timestamptz;
BEGIN
  PERFORM set_config('app.shop', shop::text, true);
  SELECT coalesce(s.clock_pinned_at, clock_timestamp() + s.clock_offset) INTO shop_now FROM shops s WHERE s.id = shop;
  -- The next round is no later than the instant at which this sender would have been silent for too long; a round that is
  -- under way reads what is written here and sets the next one itself.
  UPDATE connections k SET verified_at = coalesce(k.verified_at, shop_now), last_received_at = shop_now, silent_since = NULL,
         due_at = CASE WHEN k.queued_at IS NOT NULL THEN k.due_at
                       ELSE least(k.due_at, shop_now + make_interval(hours => (k.settings ->> 'silence_hours')::integer)) END
   WHERE k.shop_id = shop AND k.id = connection;
END $$;
-- next

CREATE OR REPLACE FUNCTION order_stamp(shop uuid, wanted uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws('|', o.xmin, (SELECT c.xmin FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM order_lines c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM order_payments c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM order_refunds c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM shipments c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), (SELECT count(*) FROM shipments p JOIN tracking_events e ON e.shop_id = p.shop_id AND e.shipment_id = p.id WHERE p.shop_id = o.shop_id AND p.order_id = o.id)) FROM orders o WHERE o.shop_id = shop AND o.id = wanted
$$;
-- next

CREATE OR REPLACE FUNCTION returns_link(hashes bytea[])
RETURNS TABLE (shop_id uuid, order_id uuid, expires_at timestamptz, is_gift boolean, clock_offset interval,
               clock_pinned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.shop_id, l.order_id, l.expires_at, l.is_gift, s.clock_offset, s.clock_pinned_at
    FROM public.return_portal_links l JOIN public.shops s ON s.id = l.shop_id
   WHERE l.token_hash = ANY(hashes)
$$;
-- next
ALTER FUNCTION returns_link(bytea[]) OWNER TO aftersales_lookup;
-- next
REVOKE ALL ON FUNCTION returns_link(bytea[]) FROM PUBLIC;
-- next
GRANT EXECUTE ON FUNCTION returns_link(bytea[]) TO aftersales_app;
-- next

CREATE OR REPLACE FUNCTION survey_link(hashes bytea[])
RETURNS TABLE (shop_id uuid, invitation_id uuid, clock_offset interval, clock_pinned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT i.shop_id, i.id, s.clock_offset, s.clock_pinned_at
    FROM public.survey_invitations i JOIN public.shops s ON s.id = i.shop_id
   WHERE i.token_hash = ANY(hashes)
$$;
-- next
ALTER FUNCTION survey_link(bytea[]) OWNER TO aftersales_lookup;
-- next
REVOKE ALL ON FUNCTION survey_link(bytea[]) FROM PUBLIC;
-- next
GRANT EXECUTE ON FUNCTION survey_link(bytea[]) TO aftersales_app;
-- next
CREATE TRIGGER case_touched AFTER UPDATE ON order_lines FOR EACH ROW WHEN (OLD.product_id IS DISTINCT FROM NEW.product_id) EXECUTE FUNCTION case_touched_by_order();
-- next
CREATE TRIGGER case_touched_made AFTER INSERT ON order_lines REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION case_touched_by_lines();
-- next
CREATE TRIGGER case_touched AFTER INSERT ON case_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION case_touched_by_log();
-- next
CREATE TRIGGER case_touched AFTER UPDATE ON cases FOR EACH ROW WHEN ((OLD.customer_id, OLD.order_id, OLD.product_id, OLD.shipment_id, OLD.category_id, OLD.team_id, OLD.assignee_id, OLD.type, OLD.priority, OLD.language, OLD.is_test, OLD.order_line_ids) IS DISTINCT FROM (NEW.customer_id, NEW.order_id, NEW.product_id, NEW.shipment_id, NEW.category_id, NEW.team_id, NEW.assignee_id, NEW.type, NEW.priority, NEW.language, NEW.is_test, NEW.order_line_ids)) EXECUTE FUNCTION case_touched_by_row();
-- next
CREATE TRIGGER case_touched AFTER UPDATE ON shipments FOR EACH ROW WHEN ((OLD.carrier, OLD.order_id) IS DISTINCT FROM (NEW.carrier, NEW.order_id)) EXECUTE FUNCTION case_touched_by_order();
-- next
CREATE TRIGGER case_touched_made AFTER INSERT ON shipments FOR EACH ROW WHEN (NEW.carrier IS NOT NULL) EXECUTE FUNCTION case_touched_by_order();
-- next
CREATE TRIGGER case_touched AFTER INSERT ON sla_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION case_touched_by_log();
