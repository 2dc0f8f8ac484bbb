CREATE TABLE "order_reservations" (
	"order_id" uuid PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"content" text,
	"refusal" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "order_reservations_status_known" CHECK ("order_reservations"."status" in ('RESERVED', 'REFUSED', 'RELEASED')),
	CONSTRAINT "order_reservations_content_unless_tombstone" CHECK ("order_reservations"."content" is not null or "order_reservations"."status" = 'RELEASED'),
	CONSTRAINT "order_reservations_refused_with_a_refusal" CHECK (("order_reservations"."status" = 'REFUSED') = ("order_reservations"."refusal" is not null)),
	CONSTRAINT "order_reservations_version_counts" CHECK ("order_reservations"."version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"price" numeric(12, 2) NOT NULL,
	"currency" text NOT NULL,
	"stock_quantity" integer NOT NULL,
	"reserved_quantity" integer DEFAULT 0 NOT NULL,
	"initial_quantity" integer NOT NULL,
	"restocked_quantity" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "products_name_is_said" CHECK ("products"."name" <> ''),
	CONSTRAINT "products_price_is_money" CHECK ("products"."price" >= 0 and "products"."price" <> 'NaN'),
	CONSTRAINT "products_currency_is_a_code" CHECK ("products"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "products_stock_not_negative" CHECK ("products"."stock_quantity" >= 0),
	CONSTRAINT "products_reserved_not_negative" CHECK ("products"."reserved_quantity" >= 0),
	CONSTRAINT "products_initial_not_negative" CHECK ("products"."initial_quantity" >= 0),
	CONSTRAINT "products_restocked_not_negative" CHECK ("products"."restocked_quantity" >= 0),
	CONSTRAINT "products_books_balance" CHECK ("products"."stock_quantity" + "products"."reserved_quantity" <= "products"."initial_quantity" + "products"."restocked_quantity"),
	CONSTRAINT "products_version_counts" CHECK ("products"."version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "reservations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	"quantity" integer NOT NULL,
	"price" numeric(12, 2) NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reservations_once_per_order_and_product" UNIQUE("order_id","product_id"),
	CONSTRAINT "reservations_status_known" CHECK ("reservations"."status" in ('RESERVED', 'COMMITTED', 'RELEASED')),
	CONSTRAINT "reservations_quantity_counts" CHECK ("reservations"."quantity" >= 1),
	CONSTRAINT "reservations_price_is_money" CHECK ("reservations"."price" >= 0 and "reservations"."price" <> 'NaN')
);
--> statement-breakpoint
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_of_order" FOREIGN KEY ("order_id") REFERENCES "public"."order_reservations"("order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_of_product" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;