<?xml version="1.0" encoding="utf-8"?>
<!-- Writes the class R that Android's build tools make of strings.xml: a number for each text. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="utf-8"/>
  <xsl:template match="/resources">
    <xsl:text>package io.mien.sample&#10;&#10;object R {&#10;    object string {&#10;</xsl:text>
    <xsl:for-each select="string">
      <xsl:value-of select="concat('        const val ', @name, ' = ', position(), '&#10;')"/>
    </xsl:for-each>
    <xsl:text>    }&#10;&#10;    object plurals {&#10;</xsl:text>
    <xsl:for-each select="plurals">
      <xsl:value-of select="concat('        const val ', @name, ' = ', 10000 + position(), '&#10;')"/>
    </xsl:for-each>
    <xsl:text>    }&#10;}&#10;</xsl:text>
  </xsl:template>
</xsl:stylesheet>
