package androidx.test.runner.intent;

/** Knows which intents were sent. */
public interface IntentMonitor {}
