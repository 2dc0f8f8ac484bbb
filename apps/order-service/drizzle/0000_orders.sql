CREATE TABLE "order_items" (
	"order_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"product_id" uuid NOT NULL,
	"quantity" integer NOT NULL,
	"price" numeric(12, 2) NOT NULL,
	CONSTRAINT "order_items_pkey" PRIMARY KEY("order_id","line"),
	CONSTRAINT "order_items_line_counts" CHECK ("order_items"."line" >= 1),
	CONSTRAINT "order_items_quantity_in_range" CHECK ("order_items"."quantity" between 1 and 1000),
	CONSTRAINT "order_items_price_is_money" CHECK ("order_items"."price" >= 0 and "order_items"."price" <> 'NaN')
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" text,
	"status" text NOT NULL,
	"total" numeric(12, 2),
	"currency" text,
	"payment_id" uuid,
	"cancel_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	CONSTRAINT "orders_status_known" CHECK ("orders"."status" in ('PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'CANCELLED')),
	CONSTRAINT "orders_total_is_money" CHECK ("orders"."total" >= 0 and "orders"."total" <> 'NaN'),
	CONSTRAINT "orders_currency_is_a_code" CHECK ("orders"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "orders_version_counts" CHECK ("orders"."version" >= 1),
	CONSTRAINT "orders_content_is_whole" CHECK (num_nulls("orders"."user_id", "orders"."total", "orders"."currency") = 0
        or (num_nulls("orders"."user_id", "orders"."total", "orders"."currency") = 3 and "orders"."status" = 'CANCELLED')),
	CONSTRAINT "orders_confirmed_by_a_payment" CHECK (num_nulls("orders"."payment_id", "orders"."confirmed_at") = case when "orders"."status" = 'CONFIRMED' then 0 else 2 end),
	CONSTRAINT "orders_cancelled_for_a_reason" CHECK (("orders"."status" = 'CANCELLED') = ("orders"."cancel_reason" is not null))
);
--> statement-breakpoint
ALTER TABLE "order_items" ADD CONSTRAINT "order_items_of_order" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "orders_of_user" ON "orders" USING btree ("user_id","created_at");