package androidx.test.runner.lifecycle;

/** A stage of an application. */
public enum ApplicationStage { PRE_ON_CREATE, CREATED }
