package androidx.work;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

public final class Data {
    private final Map<String, Object> values;

    private Data(Map<String, Object> values) {
        this.values = values;
    }

    public Map<String, Object> getKeyValueMap() {
        return Collections.unmodifiableMap(values);
    }

    public int getInt(String key, int other) {
        return values.get(key) instanceof Integer value ? value : other;
    }

    public float getFloat(String key, float other) {
        return values.get(key) instanceof Float value ? value : other;
    }

    public String getString(String key) {
        return values.get(key) instanceof String value ? value : null;
    }

    public static final class Builder {
        private final Map<String, Object> values = new HashMap<>();

        public Builder putInt(String key, int value) {
            values.put(key, value);
            return this;
        }

        public Builder putFloat(String key, float value) {
            values.put(key, value);
            return this;
        }

        public Builder putString(String key, String value) {
            values.put(key, value);
            return this;
        }

        public Data build() {
            return new Data(new HashMap<>(values));
        }
    }
}
