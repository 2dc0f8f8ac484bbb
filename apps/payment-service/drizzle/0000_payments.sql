CREATE TABLE "payments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"status" text NOT NULL,
	"amount" numeric(12, 2),
	"currency" text,
	"method" text,
	"provider" text,
	"transaction_id" text,
	"decline_code" text,
	"decline_message" text,
	"refund_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payments_one_per_order" UNIQUE("order_id"),
	CONSTRAINT "payments_status_known" CHECK ("payments"."status" in ('PENDING', 'SUCCESS', 'FAILED', 'REQUIRES_ACTION', 'REFUNDED', 'CANCELLED')),
	CONSTRAINT "payments_amount_is_money" CHECK ("payments"."amount" >= 0 and "payments"."amount" <> 'NaN'),
	CONSTRAINT "payments_currency_is_a_code" CHECK ("payments"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "payments_version_counts" CHECK ("payments"."version" >= 1),
	CONSTRAINT "payments_charge_is_whole" CHECK (num_nulls("payments"."amount", "payments"."currency", "payments"."method", "payments"."provider") = 0
        or (num_nulls("payments"."amount", "payments"."currency", "payments"."method", "payments"."provider") = 4 and "payments"."status" = 'CANCELLED')),
	CONSTRAINT "payments_transaction_if_captured" CHECK (("payments"."transaction_id" is not null) = ("payments"."status" in ('SUCCESS', 'REFUNDED'))),
	CONSTRAINT "payments_declined_with_a_code" CHECK (num_nulls("payments"."decline_code", "payments"."decline_message") = case when "payments"."status" = 'FAILED' then 0 else 2 end),
	CONSTRAINT "payments_undone_for_a_reason" CHECK (("payments"."refund_reason" is not null) = ("payments"."status" in ('REFUNDED', 'CANCELLED')))
);
--> statement-breakpoint
CREATE TABLE "provider_ledger" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "provider_ledger_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"idempotency_key" text NOT NULL,
	"kind" text NOT NULL,
	"amount" numeric(12, 2) NOT NULL,
	"currency" text NOT NULL,
	"transaction_id" text,
	"decline_code" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_ledger_kind_known" CHECK ("provider_ledger"."kind" in ('CAPTURE', 'DECLINE', 'CLOSED', 'REFUND')),
	CONSTRAINT "provider_ledger_amount_is_money" CHECK ("provider_ledger"."amount" >= 0 and "provider_ledger"."amount" <> 'NaN'),
	CONSTRAINT "provider_ledger_currency_is_a_code" CHECK ("provider_ledger"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "provider_ledger_transaction_if_moved" CHECK (("provider_ledger"."transaction_id" is not null) = ("provider_ledger"."kind" in ('CAPTURE', 'REFUND'))),
	CONSTRAINT "provider_ledger_declined_with_a_code" CHECK (("provider_ledger"."decline_code" is not null) = ("provider_ledger"."kind" = 'DECLINE'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "provider_ledger_one_decision" ON "provider_ledger" USING btree ("idempotency_key") WHERE kind <> 'REFUND';--> statement-breakpoint
CREATE UNIQUE INDEX "provider_ledger_one_refund" ON "provider_ledger" USING btree ("idempotency_key") WHERE kind = 'REFUND';