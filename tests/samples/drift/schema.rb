ActiveRecord::Schema[7.1].define(version: 2026_01_01_000000) do
  create_schema "extra"
  enable_extension "plpgsql"
  create_enum "status", ["a", "b"]
  create_table "users", force: :cascade do |t|
    t.string "email", limit: 255, default: "", null: false
    t.string "name"
    t.text "bio", comment: "x"
    t.integer "age", limit: 2, default: 0
    t.bigint "org_id"
    t.decimal "price", precision: 10, scale: 2, default: "0.0", null: false
    t.boolean "ok", default: false, null: false
    t.jsonb "meta", default: {}, null: false
    t.datetime "created_at", null: false
    t.datetime "old", precision: nil
    t.timestamptz "tz"
    t.date "day", default: -> { "CURRENT_DATE" }
    t.uuid "uid", default: -> { "gen_random_uuid()" }, null: false
    t.string "tags", default: [], array: true
    t.enum "st", default: "a", null: false, enum_type: "status"
    t.inet "ip"
    t.binary "bin"
    t.float "f"
    t.interval "iv"
    t.virtual "up", type: :string, as: "upper((email)::text)", stored: true
    t.index "lower((email)::text)", name: "index_users_on_lower_email", unique: true
    t.index ["org_id", "name"], name: "index_users_on_org_id_and_name", where: "(ok = true)", order: { name: :desc }
    t.index ["meta"], name: "index_users_on_meta", using: :gin
    t.check_constraint "age > 0", name: "age_pos"
    t.unique_constraint ["uid"], name: "uq_uid"
  end
  create_table "orgs", id: :uuid, default: -> { "gen_random_uuid()" }, force: :cascade do |t|
    t.bigint "owner_id", null: false
    t.datetime "created_at", null: false
    t.datetime "updated_at", null: false
    t.index ["owner_id"], name: "index_orgs_on_owner_id"
  end
  create_table "join_t", id: false, force: :cascade do |t|
    t.bigint "a_id", null: false
    t.bigint "b_id", null: false
    t.index ["a_id"], name: "index_join_t_on_a_id"
  end
  create_table "pk2", primary_key: ["x", "y"], force: :cascade do |t|
    t.integer "x", null: false
    t.integer "y", null: false
  end
  create_table "strk", primary_key: "code", id: :string, force: :cascade do |t|
    t.bigint "user_id", null: false
  end
  create_table "intk", id: :serial, force: :cascade do |t|
  end
  add_foreign_key "strk", "users", on_delete: :cascade
  add_foreign_key "users", "users", column: "org_id", name: "fk_x"
end
